import * as path from "node:path";
import { isLive } from "../records/live_runs.ts";
import type { Violation } from "../records/policy.ts";
import { isRunId } from "../records/run_id.ts";
import type { RunRecord, RunVerdict } from "../records/run_record.ts";
import { brokenSeals, digestFolder } from "../records/folder_digests.ts";
import type { TreePath } from "../base/tree_path.ts";

/** What was done to the run's own folder meanwhile. Call it before anything is written there anew. */
export async function tamperedRecord(
  record: RunRecord,
  unfinished: RunVerdict,
  own: TreePath,
): Promise<Violation[]> {
  const inside = own.startsWith("..") ? record.folder : own;
  return (await record.tamperedNames(unfinished)).map((what) => {
    const name = /^(\S+) (?:was|is) /.exec(what)?.[1] ?? "it";
    const path = name === "it" ? `${inside}/` : `${inside}/${name}`;
    return {
      kind: "record-tampered",
      path,
      detail: `In the run's own folder, ${what} during the run. It is written anew.`,
    };
  });
}

/**
 * The paths that codex-dispatch itself writes in the tree during a run: the run's own folder, and those of other runs that go
 * on, or that ended meanwhile and are as their own dispatch left them.
 */
export async function ownRecords(
  { runFolder, own, records, state, started }: {
    readonly runFolder: string;
    /** The run directory, from the repository's root; begins with `..` if it lies elsewhere. */
    readonly own: TreePath;
    /** The folder of the records, from the root. */
    readonly records: TreePath;
    readonly state: string;
    readonly started: Date;
  },
): Promise<(path: TreePath) => boolean> {
  const others = await runsOfOthers(path.dirname(runFolder), { state, started });
  const folders = [own, ...others.map((id) => `${records}/runs/${id}`)];
  return (candidate) => folders.some((folder) => `${candidate}/`.startsWith(`${folder}/`));
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
        if (brokenSeals(seal.artifacts, await digestFolder(path.join(runs, name))).length === 0) {
          ids.push(name);
        }
      }
    }
  } catch {
    // The folder is gone: that is found as a change of the tree.
  }
  return ids;
}
