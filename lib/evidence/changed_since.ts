import type { Entries } from "./entry.ts";
import type { Reversal } from "./reversal.ts";
import { standing } from "./standing.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/**
 * The paths where something else stands than a run left there, and what stands in the way of what was there before: all that
 * git apply would stumble over half way. Pure but for `digestOf`.
 */
export function changedSince(
  { patched }: Reversal,
  entries: Entries,
  digestOf: (path: TreePath) => string | undefined,
): TreePath[] {
  const changed = new Set<TreePath>();
  for (const [file, { left }] of patched) {
    if (standing(entries.get(file), () => digestOf(file)) !== left) changed.add(file);
    for (const folder of foldersAbove(file)) {
      const kind = entries.get(folder)?.kind ?? "folder";
      if (kind !== "folder" && !patched.has(folder)) changed.add(folder);
    }
  }
  return [...changed, ...strangersIn(patched, entries)];
}

/** What lies, and is not of the patch, in folders that a run put in the place of a file. */
function strangersIn(patched: Reversal["patched"], entries: Entries): TreePath[] {
  const given = new Set([...patched].filter(([, { left }]) => left === "folder").map(([folder]) => folder));
  if (given.size === 0) return [];
  const emptied = new Set([...patched.keys()].flatMap((file) => [...foldersAbove(file)]));
  return [...entries.keys()].filter((each) =>
    !patched.has(each) && !emptied.has(each) && [...foldersAbove(each)].some((folder) => given.has(folder))
  );
}
