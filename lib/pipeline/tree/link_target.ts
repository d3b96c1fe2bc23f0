import type { Entries } from "../../evidence/entry.ts";
import type { TreePath } from "../../base/tree_path.ts";

/** Where a path leads, and by what links. */
export interface LinkTarget {
  readonly target: TreePath;
  readonly links: readonly TreePath[];
}

/**
 * Where a path leads within a tree, once every link on the way is followed: to itself if there is none. Undefined if it leads
 * out of the tree, to nothing, or in a circle. Pure.
 */
export function linkTarget(file: TreePath, entries: Entries): LinkTarget | undefined {
  const at: string[] = [];
  const links: TreePath[] = [];
  let left = file.split("/");
  while (left.length > 0) {
    const [part = "", ...rest] = left;
    left = rest;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return undefined;
      continue;
    }
    at.push(part);
    const entry = entries.get(at.join("/"));
    if (!entry) return undefined;
    if (entry.kind !== "link") continue;
    const target = entry.target ?? "";
    links.push(at.join("/"));
    if (target.startsWith("/") || links.length > MOST_LINKS) return undefined;
    at.pop();
    left = [...target.split("/"), ...left];
  }
  return { target: at.join("/"), links };
}

/** As many as Linux follows. */
const MOST_LINKS = 40;
