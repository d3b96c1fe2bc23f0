import type { Violation } from "../records/policy.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { TreePath } from "../base/tree_path.ts";

/** What was done to the run's own folder meanwhile. Call it before anything is written there anew. */
export async function tamperedRecord(
  record: RunRecord,
  own: TreePath,
): Promise<Violation[]> {
  const inside = own.startsWith("..") ? record.folder : own;
  return (await record.tampered()).map(({ name, what }) => ({
    kind: "record-tampered",
    path: `${inside}/${name ?? ""}`,
    detail: `The run's own ${name ?? "folder"} ${what} during the run. It is written anew.`,
  }));
}
