import type { Baseline } from "../../evidence/baseline.ts";
import type { Walker } from "../../evidence/entry.ts";
import { gitFilesIn, isRepository } from "../../evidence/entry_lookups.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "../../evidence/git.ts";
import { findGitFolder } from "../../evidence/git_folder.ts";
import { readIgnoreRules } from "../../evidence/ignore_rules.ts";
import { INDEX_ARGS, parseIndex } from "../../evidence/index_listing.ts";
import { readStatus } from "../../evidence/status.ts";
import { refusal } from "../../base/errors.ts";
import { showPath, type TreePath } from "../../base/tree_path.ts";

/** What a clean checkout has to know of a work tree. A {@link Baseline} is one. */
export type WorkTree = Pick<
  Baseline,
  "root" | "entries" | "index" | "status" | "config" | "folder" | "ignoreRules"
>;

/** What is still known of a tree before a pipeline in a process that did not see it. */
export type RememberedTree = Pick<WorkTree, "index" | "ignoreRules">;

/** A repository of which a clean checkout makes one of its own. */
export interface PlannedRepository extends Pick<WorkTree, "index" | "status" | "config" | "folder"> {
  /** Its folder from the root of the tree, with a `/` at its end; "" is the root. */
  readonly prefix: TreePath;
  readonly git: Git;
}

/** Reads a work tree as it is now, whoever worked in it. Runs nothing that stands in it. */
export async function readWorkTree(
  root: string,
  { environment, walker }: {
    readonly environment: Readonly<Record<string, string>>;
    readonly walker: Walker;
  },
): Promise<WorkTree> {
  const folder = await findGitFolder(root);
  if (!folder) throw refusal("git-folder", `The repository of "${root}" cannot be found behind its .git.`);
  const entries = await walker.walk(root, isRepository);
  const pipe = gitFilesIn(entries).find(([, { kind }]) => kind === "pipe")?.[0];
  if (pipe !== undefined) {
    const message = `"${showPath(pipe)}" is a pipe, and git would wait for it without end. Remove it.`;
    throw refusal("git-pipe", message);
  }
  const git = gitIn(root, environment);
  const config = await git.config();
  const [status, listing] = await Promise.all([readStatus(git), git.read(INDEX_ARGS)]);
  const ignoreRules = await readIgnoreRules({ root, entries, config, folder, environment, walker });
  return { root, entries, index: parseIndex(listing), status, config, folder, ignoreRules };
}

/** git in a work tree in which somebody may have left what it would wait for without end. */
export function gitIn(root: string, environment: Readonly<Record<string, string>>): Git {
  return new Git(root, environment, { deadline: DEADLINE_AFTER_A_RUN, here: true });
}
