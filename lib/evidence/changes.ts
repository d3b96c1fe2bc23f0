import type { TreePath } from "../base/tree_path.ts";
import type { Snapshot } from "./snapshot.ts";

/** One thing that is different after the run. */
export interface Change {
  readonly path: TreePath;
  readonly change: "added" | "modified" | "deleted" | "type" | "mode";
}

/**
 * What happened between two snapshots, as data. `moved` are the paths between the two commits of HEAD, if it moved.
 * Pure.
 */
export function compareSnapshots(
  before: Snapshot,
  after: Snapshot,
  moved: readonly TreePath[] = [],
): Change[] {
  const codes = (snapshot: Snapshot): Map<TreePath, string> =>
    new Map(snapshot.status.entries.map((entry) => [entry.path, entry.code]));
  const [old, now] = [codes(before), codes(after)];
  const changes = new Map<TreePath, Change>();
  for (const path of new Set([...old.keys(), ...now.keys(), ...moved])) {
    const was = before.content.get(path);
    const is = after.content.get(path);
    const same = was === is && old.get(path) === now.get(path);
    if (same && !moved.includes(path)) continue;
    changes.set(path, { path, change: kindOf({ was, is, code: now.get(path) }) });
  }
  return [...changes.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function kindOf(
  seen: { was: string | undefined; is: string | undefined; code: string | undefined },
): Change["change"] {
  const { was, is, code } = seen;
  if (
    is === "missing" || (is === undefined && code === undefined && was !== undefined && was !== "missing")
  ) return "deleted";
  if (was === undefined && code === "??") return "added";
  const [wasKind, wasMode, wasDigest] = (was ?? "").split(" ");
  const [isKind, isMode, isDigest] = (is ?? "").split(" ");
  if (was === undefined || is === undefined) return "modified";
  if (wasKind !== isKind) return "type";
  return wasDigest === isDigest && wasMode !== isMode ? "mode" : "modified";
}
