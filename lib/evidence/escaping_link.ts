import * as path from "node:path";
import type { Scope } from "./scope.ts";
import type { TreePath } from "../base/tree_path.ts";

/**
 * Why a link leads where its maker may not write, in words; undefined if it stays in the scope. The target is taken as it
 * is written: what it comes to later is its own matter, for each link on the way is judged by itself. Pure.
 */
export function escapingLink(
  link: TreePath,
  target: string,
  { root, inScope }: { readonly root: string; readonly inScope: Scope },
): string | undefined {
  const absolute = path.posix.isAbsolute(target)
    ? path.posix.normalize(target)
    : path.posix.join(root, path.posix.dirname(link), target);
  const inside = path.posix.relative(root, absolute);
  if (inside === "" || inside === ".." || inside.startsWith("../")) return "outside of the repository";
  return inScope(inside.replace(/\/$/, "")) ? undefined : "outside of WRITE SCOPE";
}
