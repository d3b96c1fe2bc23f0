import { decodePath, type TreePath } from "../base/tree_path.ts";
import { splitAtNul } from "./status.ts";

/** What the index says of a path: its meaning, without the stat data that git refreshes at will. */
export interface IndexEntry {
  /** `H`, or another tag of `ls-files -v`: lower case for assume-unchanged, `S` for skip-worktree. */
  readonly tag: string;
  readonly mode: string;
  readonly object: string;
}

/** By path; a path in conflict has several stages, told apart by a suffix `\0` and the stage. */
export type Index = ReadonlyMap<TreePath, IndexEntry>;

export const INDEX_ARGS = ["ls-files", "--stage", "-v", "-z"] as const;

/** Reads `git ls-files --stage -v -z`: `<tag> <mode> <object> <stage>\t<path>`. Source: git-ls-files(1). */
export function parseIndex(output: Uint8Array): Index {
  const index = new Map<TreePath, IndexEntry>();
  for (const record of splitAtNul(output)) {
    const line = decodePath(record);
    const tab = line.indexOf("\t");
    const [tag = "", mode = "", object = "", stage = "0"] = line.slice(0, tab).split(" ");
    const path = line.slice(tab + 1);
    index.set(stage === "0" ? path : `${path}\0${stage}`, { tag, mode, object });
  }
  return index;
}

/** The paths whose entries differ, in the order of their names. Pure. */
export function changedInIndex(before: Index, after: Index): TreePath[] {
  const changed = new Set<TreePath>();
  for (const [key, entry] of before) {
    const now = after.get(key);
    if (!now || now.tag !== entry.tag || now.mode !== entry.mode || now.object !== entry.object) {
      changed.add(pathOf(key));
    }
  }
  for (const key of after.keys()) if (!before.has(key)) changed.add(pathOf(key));
  return [...changed].sort();
}

function pathOf(key: string): TreePath {
  return key.split("\0", 1)[0] ?? "";
}
