import type { Index } from "./git_index.ts";
import type { Status } from "./status.ts";
import type { TreePath } from "../base/tree_path.ts";

/** Whether the index alone tells a file's content: git compared the two, or holds that stat data prove them the same. */
export function isCleanInIndex(file: TreePath, index: Index, status: ReadonlyMap<TreePath, string>): boolean {
  const entry = index.get(file);
  // A file that stands for a link (core.symlinks=false) holds its target, as the blob does.
  if (!entry || entry.tag !== "H" || !/^(?:100|120)/.test(entry.mode)) return false;
  const code = status.get(file);
  return code === undefined || code[1] === " ";
}

/** The letters of git status by path. */
export function codesOf(status: Status): ReadonlyMap<TreePath, string> {
  return new Map(status.entries.map((entry) => [entry.path, entry.code]));
}
