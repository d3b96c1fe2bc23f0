import { compileScope } from "./scope.ts";
import type { Status } from "./status.ts";
import type { ScopeEntry } from "../packet/scope_entry.ts";
import type { TreePath } from "../base/tree_path.ts";

/** Paths in scope that were dirty before the run: a worker would mix its work with somebody else's. Pure. */
export function dirtyOverlap(before: Status, scope: readonly ScopeEntry[]): TreePath[] {
  const inScope = compileScope(scope);
  // A repository within the tree, and a submodule, are folders.
  return before.entries.filter(({ path, detail }) =>
    inScope(path.replace(/\/$/, ""), !path.endsWith("/") && !detail.startsWith("S"))
  ).map((entry) => entry.path);
}
