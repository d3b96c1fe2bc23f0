import * as path from "node:path";
import { MOST_OF_AN_INDEX } from "./content.ts";
import { convertedPaths } from "./converted_paths.ts";
import { digestContents } from "./digest_contents.ts";
import { withDirtySubmodules } from "./dirty_submodules.ts";
import type { Entries, Walker } from "./entry.ts";
import { gitFilesIn, isRepository } from "./entry_lookups.ts";
import { Git } from "./git.ts";
import type { GitConfig } from "./git_config.ts";
import { findGitFolder, type GitFolder } from "./git_folder.ts";
import type { Index } from "./git_index.ts";
import { readGlobalConfig } from "./global_config.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore_rules.ts";
import { parseIndexFile } from "./index_file.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import { copyInnerIndexes, type InnerIndex } from "./inner_indexes.ts";
import { lookingAtOnly } from "./looking_at_only.ts";
import { readRepositoryState, type RepositoryState } from "./repository_state.ts";
import { SavedContent } from "./saved_content.ts";
import { readDiffStat, readStatusBeside, type Status } from "./status.ts";
import { pipeForGit } from "./waiting_git.ts";
import { concatBytes } from "../base/bytes.ts";
import { refusal } from "../base/errors.ts";
import type { TreePath } from "../base/tree_path.ts";

/** Everything that is known of a work tree before a run. The worker can bend none of it: it is in memory. */
export interface Baseline {
  readonly root: string;
  readonly entries: Entries;
  /** SHA-256 of files whose content git does not hold in its index. */
  readonly digests: ReadonlyMap<TreePath, string>;
  readonly saved: SavedContent;
  readonly index: Index;
  readonly status: Status;
  readonly diffStat: Uint8Array;
  readonly config: GitConfig;
  readonly folder: GitFolder;
  readonly state: RepositoryState;
  /** The states of repositories within the tree, by their folder. */
  readonly nested: ReadonlyMap<TreePath, RepositoryState>;
  /** Their indexes, and those of submodules. */
  readonly innerIndexes: readonly InnerIndex[];
  readonly globals: ReadonlyMap<string, string>;
  readonly ignoreRules: IgnoreRules;
  /** A file changed at or after this moment (its ctime, in microseconds) may change again without a trace in its stat data. */
  readonly racyFrom: number;
}

export interface BaselineOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  /** A folder outside of the repository, for contents that are kept. */
  readonly scratch: string;
}

/** Reads a work tree before a run. Runs nothing that stands in it, and changes nothing in it. */
export async function takeBaseline(root: string, options: BaselineOptions): Promise<Baseline> {
  const { environment, walker, scratch } = options;
  const folder = await findGitFolder(root);
  if (!folder) throw refusal("git-folder", `The repository of "${root}" cannot be found behind its .git.`);
  const git = new Git(root, environment);
  const config = await git.config();
  // git works beside the walk: it has a processor of its own.
  const reading = readStatusBeside(git);
  // Awaited below; a failure before that must not count as unhandled.
  reading.catch(() => {});
  const racyFrom = Date.now() * 1000 - walker.granularity;
  const entries = await walker.walk(root, isRepository);
  const state = await readRepositoryState(folder, walker);
  const nested = await readNestedStates(root, entries, walker);
  const globals = await readGlobalConfig({ config, root, folder, environment, walker });
  const pipe = pipeForGit({ entries, state, nested, globals });
  if (pipe !== undefined) {
    git.giveUp();
    const message =
      `"${pipe}" is a pipe: git, which reads it like a file, would wait without end. Remove it.`;
    throw refusal("git-pipe", message);
  }
  const index = await readIndex(git, { folder, config, walker });
  const innerIndexes = await copyInnerIndexes({ root, entries, folder, walker, scratch });
  const ignoreRules = await readIgnoreRules({ root, entries, config, folder, environment, walker });
  const told = await reading;
  const status = await withDirtySubmodules(told, { root, index, environment });
  const dirty = told.entries.filter(({ code }) => code !== "??" && code[1] !== " ").map((each) => each.path);
  const diffing = dirty.length === 0
    ? new Uint8Array(0)
    : readDiffStat(git, lookingAtOnly(dirty, { index, scratch }));
  const saved = new SavedContent(path.join(scratch, "before.bin"));
  const converted = await convertedPaths({ git, root, entries, index, folder, environment, walker });
  const digests = digestContents({ root, entries, index, status, converted, racyFrom, walker, saved });
  const diffStat = await diffing;
  return {
    root,
    entries,
    digests,
    saved,
    index,
    status,
    diffStat,
    config,
    folder,
    state,
    nested,
    innerIndexes,
    globals,
    ignoreRules,
    racyFrom,
  };
}

/** The states of the repositories within the tree that have a `.git` folder of their own. */
export async function readNestedStates(
  root: string,
  entries: Entries,
  walker: Walker,
  before?: ReadonlyMap<TreePath, RepositoryState>,
): Promise<Map<TreePath, RepositoryState>> {
  const states = new Map<TreePath, RepositoryState>();
  for (const [file, entry] of gitFilesIn(entries)) {
    if (!file.endsWith("/.git") || entry.kind !== "folder") continue;
    const inner = file.slice(0, -"/.git".length);
    const folder = path.join(root, file);
    const state = await readRepositoryState(
      { root, own: folder, shared: folder, identity: "" },
      walker,
      before?.get(inner),
    ).catch(() => undefined);
    // One that is gone, or cannot be read, is told by its entry in the tree.
    if (state) states.set(inner, state);
  }
  return states;
}

/**
 * The index of a work tree. git lists it where its file has not the plain form, or where it says more than the file: in a sparse
 * checkout it takes a path that is there for one that is checked out, and some time writes it so.
 */
async function readIndex(
  git: Git,
  { folder, config, walker }: {
    readonly folder: GitFolder;
    readonly config: GitConfig;
    readonly walker: Walker;
  },
): Promise<Index> {
  const sparse = config.values.get("core.sparsecheckout");
  if (sparse !== undefined && !/^(?:false|no|off|0|)$/i.test(sparse)) {
    return parseIndex(await git.read(INDEX_ARGS));
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const isWhole = walker.read(folder.own, "index", (bytes) => {
    parts.push(bytes.slice());
    return (size += bytes.length) <= MOST_OF_AN_INDEX;
  });
  const idLength = config.values.get("extensions.objectformat") === "sha256" ? 32 : 20;
  return isWhole && parseIndexFile(concatBytes(parts), idLength) || parseIndex(await git.read(INDEX_ARGS));
}
