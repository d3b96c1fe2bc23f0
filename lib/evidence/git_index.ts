import type { TreePath } from "../base/tree_path.ts";

/** What the index says of a path: its meaning, without the stat data that git refreshes at will. */
export interface IndexEntry {
  /** `H`, or another tag of `ls-files -v`: lower case for assume-unchanged, `S` for skip-worktree. */
  readonly tag: string;
  readonly mode: string;
  readonly object: string;
}

/** By path; a path in conflict has several stages, told apart by a suffix `\0` and the stage. */
export type Index = ReadonlyMap<TreePath, IndexEntry>;

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
