import * as path from "node:path";
import { isLive } from "../records/live_runs.ts";
import type { Violation } from "../records/policy.ts";
import { wasPruned } from "../records/pruned.ts";
import { brokenReview, REVIEW_FILE } from "../records/review.ts";
import { isRunId } from "../records/run_id.ts";
import type { RunRecord } from "../records/run_record.ts";
import { brokenSeals, digestFolder } from "../records/folder_digests.ts";
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

/**
 * The paths that codex-dispatch itself writes in the tree during a run: the run's own folder, those of other runs that go on, or
 * that ended meanwhile and are as their own dispatch left them, reviews of runs, and runs that were pruned.
 */
export async function ownRecords(
  { record, own, root, records, state, started }: {
    readonly record: RunRecord;
    /** The run directory, from the repository's root; begins with `..` if it lies elsewhere. */
    readonly own: TreePath;
    /** The repository. */
    readonly root: string;
    /** The folder of the records, from the root. */
    readonly records: TreePath;
    readonly state: string;
    readonly started: Date;
  },
): Promise<(path: TreePath) => boolean> {
  const ids = await runsOfOthers(path.dirname(record.folder), { state, started });
  const others = ids.filter((id) => id !== path.basename(record.folder));
  const folders = others.map((id) => `${records}/runs/${id}`);
  // Of the run's own folder what stands there by our hand; whatever else does is told like anything in the records.
  const ours = record.shownNames().map((name) => `${own}/${name}`);
  return (candidate) =>
    candidate === own || [...ours, ...folders].some((folder) => `${candidate}/`.startsWith(`${folder}/`)) ||
    [`${records}/runs`, path.dirname(own)].some((runs) =>
      isOrdered(candidate, { root, runs, state, started })
    );
}

/** Whether a change in a folder of runs was made by `runs accept`, `runs reject` or `runs prune`. */
function isOrdered(
  candidate: TreePath,
  { root, runs, state, started }: { root: string; runs: TreePath; state: string; started: Date },
): boolean {
  if (!candidate.startsWith(`${runs}/`)) return false;
  const [runId = "", ...inside] = candidate.slice(runs.length + 1).split("/");
  if (!isRunId(runId)) return false;
  const folder = path.join(root, runs, runId);
  return inside.join("/") === REVIEW_FILE && brokenReview(folder, state) === undefined ||
    wasPruned(folder, { state, since: started });
}

/** Runs that go on, or ended since, and whose folder is as their own dispatch left it. */
async function runsOfOthers(
  runs: string,
  { state, started }: { state: string; started: Date },
): Promise<string[]> {
  const ids: string[] = [];
  const { readSeal } = await import("../records/seal.ts");
  try {
    for await (const { name, isDirectory } of Deno.readDir(runs)) {
      if (!isDirectory || !isRunId(name)) continue;
      if (await isLive(state, name)) ids.push(name);
      else {
        const seal = await readSeal(state, name);
        if (seal === undefined || seal.ended_at < started.getTime()) continue;
        const folder = path.join(runs, name);
        const broken = brokenSeals(seal.artifacts, await digestFolder(folder)).length > 0;
        if (!broken && brokenReview(folder, state) === undefined) ids.push(name);
      }
    }
  } catch {
    // The folder is gone: that is found as a change of the tree.
  }
  return ids;
}
