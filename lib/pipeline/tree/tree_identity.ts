import * as z from "zod/mini";
import { sha256Of } from "../../base/digest.ts";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import { isBuildOutput } from "../../evidence/build_output.ts";
import { readNestedStates } from "../../evidence/baseline.ts";
import { codesOf, isCleanInIndex } from "../../evidence/clean_in_index.ts";
import { hashFile } from "../../evidence/content.ts";
import type { Entry, Walker } from "../../evidence/entry.ts";
import { readGlobalConfig } from "../../evidence/global_config.ts";
import { compareRepositories, differences } from "../../evidence/repository_changes.ts";
import { readRepositoryState, type RepositoryState } from "../../evidence/repository_state.ts";
import { compileScope } from "../../evidence/scope.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { gitIn, readWorkTree } from "./work_tree.ts";

const PairsSchema = z.array(z.tuple([z.string(), z.string()]));

/**
 * What a work tree and its repositories are, in a form that outlives the process. Two that do not differ are of the same tree.
 */
export const TreeIdentitySchema = z.object({
  /** A word for each path. */
  paths: PairsSchema,
  /** Digest of what the index means, bits that hide a change from git included. */
  index: z.string(),
  /** By the folder of each repository in the tree, "" for the one around it. */
  repositories: z.array(z.object({
    folder: z.string(),
    files: PairsSchema,
    refs: PairsSchema,
    otherBranches: z.array(z.string()),
  })),
  /** Digests of the user's own settings of git. */
  globals: PairsSchema,
});
export type TreeIdentity = z.infer<typeof TreeIdentitySchema>;

export interface IdentityOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  /** Folder of our records, from the root: it is left out. */
  readonly records: TreePath;
}

/**
 * Reads the identity of a tree. Of a file that git holds for clean the index tells the content, of one that git ignores its stat
 * data, of any other its bytes.
 */
export async function readTreeIdentity(
  repository: string,
  { environment, walker, records }: IdentityOptions,
): Promise<TreeIdentity> {
  const { root, entries, index, status, folder, config } = await readWorkTree(repository, {
    environment,
    walker,
  });
  const codes = codesOf(status);
  const ignored = status.ignored.map((each) => each.replace(/\/$/, ""));
  const isIgnored = (file: TreePath): boolean =>
    ignored.some((each) => file === each || file.startsWith(`${each}/`));
  const wordOf = (file: TreePath, entry: Entry): string => {
    const { kind, mode, size, mtime } = entry;
    if (kind === "link") return `link ${entry.target ?? ""}`;
    if (kind !== "file") return `${kind} ${mode.toString(8)}`;
    const content = isCleanInIndex(file, index, codes)
      ? index.get(file)?.object
      : isIgnored(file)
      ? `${size} ${mtime}`
      : hashFile(walker, repository, file);
    return `file ${mode.toString(8)} ${content ?? "unreadable"}`;
  };
  const paths: [TreePath, string][] = [];
  for (const [file, entry] of entries) {
    if (file === records || file.startsWith(`${records}/`)) continue;
    // Caches come and go, whoever runs the tests.
    if (!(isIgnored(file) && isBuildOutput(file))) paths.push([file, wordOf(file, entry)]);
  }
  const states = new Map([["", await readRepositoryState(folder, walker)]]);
  for (const [inner, state] of await readNestedStates(root, entries, walker)) states.set(inner, state);
  return {
    paths,
    index: sha256Of(await gitIn(repository, environment).read(["ls-files", "--stage", "-v", "-z"])),
    repositories: [...states].map(([inner, { files, refs, otherBranches }]) => ({
      folder: inner,
      files: [...files],
      refs: [...refs],
      otherBranches: [...otherBranches],
    })),
    globals: [...await readGlobalConfig({ config, root, folder, environment, walker })],
  };
}

/** What differs between two identities, as it is shown; what the scope grants is left out where one is given. Pure. */
export function identityDifferences(
  before: TreeIdentity,
  after: TreeIdentity,
  without: readonly ScopeEntry[] = [],
): string[] {
  const isGranted = compileScope(without);
  const changed = (key: "paths" | "globals"): string[] =>
    differences(new Map(before[key]), new Map(after[key])).map(([name]) => name);
  return [
    ...changed("paths").filter((file) => !isGranted(file)).map(showPath),
    ...(before.index === after.index ? [] : ["the index of git"]),
    ...before.repositories.flatMap((was) => {
      const is = after.repositories.find(({ folder }) => folder === was.folder);
      // One that is gone is told by its path.
      return is ? repositoryDifferences(was, is) : [];
    }),
    ...changed("globals"),
  ];
}

type StoredState = TreeIdentity["repositories"][number];

function repositoryDifferences(before: StoredState, after: StoredState): string[] {
  const name = before.folder === "" ? ".git" : `${showPath(before.folder)}/.git`;
  return compareRepositories(stateOf(before), stateOf(after), { name, allowed: null }).changes
    .map((change) => change.path);
}

function stateOf({ files, refs, otherBranches }: StoredState): RepositoryState {
  return {
    files: new Map(files),
    refs: new Map(refs),
    otherBranches: new Set(otherBranches),
    // What they mean is told apart from them.
    indexes: new Map(),
    faults: new Map(),
    stashes: [],
    links: new Map(),
  };
}
