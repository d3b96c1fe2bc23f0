import * as path from "node:path";
import type { Scope } from "./scope.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/**
 * Why a link leads where its maker may not write, in words; undefined if it stays in the scope. The target is taken as it
 * is written: what it comes to later is its own matter, for each link on the way is judged by itself. Only where it goes
 * up again behind one of those, what is written does not tell. Pure.
 */
export function escapingLink(
  link: TreePath,
  target: string,
  { root, inScope, isLink }: {
    readonly root: string;
    readonly inScope: Scope;
    readonly isLink: (path: TreePath) => boolean;
  },
): string | undefined {
  const from = path.posix.isAbsolute(target) ? "/" : path.posix.join(root, path.posix.dirname(link));
  let absolute = from;
  for (const part of target.split("/")) {
    const at = path.posix.relative(root, absolute);
    if (part === ".." && [at, ...foldersAbove(at)].some(isLink)) return 'by way of ".." behind another link';
    absolute = path.posix.join(absolute, part);
  }
  const inside = path.posix.relative(root, absolute);
  if (inside === "" || inside === ".." || inside.startsWith("../")) return "outside of the repository";
  return inScope(inside.replace(/\/$/, "")) ? undefined : "outside of WRITE SCOPE";
}
