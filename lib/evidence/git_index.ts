import type { TreePath } from "../base/tree_path.ts";
import { listOf } from "./nul_list.ts";

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
  for (const line of listOf(output)) {
    const tab = line.indexOf("\t");
    const [afterTag, afterMode] = [line.indexOf(" "), line.indexOf(" ", 2)];
    const [tag, mode] = [line.slice(0, afterTag), line.slice(afterTag + 1, afterMode)];
    const stage = line.slice(tab - 1, tab);
    const path = line.slice(tab + 1);
    const entry = { tag, mode, object: line.slice(afterMode + 1, tab - 2) };
    index.set(stage === "0" ? path : `${path}\0${stage}`, entry);
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

/** The paths that were seen by git status and are hidden from it now: assume-unchanged, skip-worktree. Pure. */
export function hiddenInIndex(before: Index, after: Index): TreePath[] {
  const isHidden = ({ tag }: IndexEntry): boolean => tag === "S" || tag !== tag.toUpperCase();
  return [...after].flatMap(([key, entry]) => {
    const was = before.get(key);
    return isHidden(entry) && !(was && isHidden(was)) ? [pathOf(key)] : [];
  });
}

function pathOf(key: string): TreePath {
  return key.split("\0", 1)[0] ?? "";
}
