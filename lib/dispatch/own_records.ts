import * as path from "node:path";
import type { Change } from "../evidence/changes.ts";
import { brokenSeals, digestFolder } from "../records/folder_digests.ts";
import { RECORDS_FOLDER } from "../records/folders.ts";
import { isLive, notedRunFolder, runDirOf } from "../records/live_runs.ts";
import { wasPruned } from "../records/pruned.ts";
import { brokenReview, REVIEW_FILE } from "../records/review.ts";
import { isRunId, startOfRun } from "../records/run_id.ts";
import { aboutRun } from "../records/run_folder.ts";
import type { RunRecord } from "../records/run_record.ts";
import { knownRuns } from "../records/sweep_state.ts";
import type { TreePath } from "../base/tree_path.ts";

interface OwnRun {
  readonly record: RunRecord;
  /** The run directory, from the repository's root; begins with `..` if it lies elsewhere. */
  readonly own: TreePath;
  /** The repository. */
  readonly root: string;
  readonly state: string;
  readonly started: Date;
}

/**
 * Of the changes of a tree during a run those that codex-dispatch itself made: the run's own artifacts; the folders of other
 * runs, wherever in the tree, that go on, or that ended meanwhile and are as their own dispatch left them; reviews of runs; and
 * runs that were pruned. The state folder says which these are: nothing that lies in the tree is believed.
 */
export async function ownRecords(changes: readonly Change[], run: OwnRun): Promise<Set<TreePath>> {
  const { record, own, root, state, started } = run;
  const ours = new Set<TreePath>();
  const shown = record.shownNames().map((name) => `${own}/${name}`);
  const { live } = await knownRuns(state);
  const othersLive = [...live].some((id) => id !== path.basename(own));
  const vouched = new Map<TreePath, boolean>();
  for (const change of changes) {
    const folder = runFolderOf(change.path);
    if (folder === undefined) {
      if (othersLive && isFreshPlace(change, root)) ours.add(change.path);
    } else if (folder === own) {
      // What became of what it shows is told by the record itself; whatever else lies there was put there.
      if (change.path === own || shown.some((each) => `${change.path}/`.startsWith(`${each}/`))) {
        ours.add(change.path);
      }
    } else {
      const absolute = path.join(root, folder);
      if (!vouched.has(folder)) vouched.set(folder, await isVouchedFor(absolute, { state, started }));
      if (vouched.get(folder) || await isReview(change.path, { folder, absolute, state })) {
        ours.add(change.path);
      }
    }
  }
  return ours;
}

/** The run directory that a path is about: itself, in it, or what is made beside it to take its place. */
function runFolderOf(candidate: TreePath): TreePath | undefined {
  const parts = candidate.split("/");
  const at = parts.findIndex((part) => isRunId(aboutRun(part) ?? part));
  const part = parts[at];
  return part === undefined ? undefined : [...parts.slice(0, at), aboutRun(part) ?? part].join("/");
}

/** A run that goes on or was killed, that ended since and whose folder is as its own dispatch left it, or that was pruned since. */
async function isVouchedFor(
  folder: string,
  { state, started }: { readonly state: string; readonly started: Date },
): Promise<boolean> {
  const runId = path.basename(folder);
  if (wasPruned(folder, { state, since: started })) return true;
  const isNoted = await notedRunFolder(state, runId) === folder;
  if (isNoted && await isLive(state, runId)) return true;
  const { readSeal } = await import("../records/seal.ts");
  const seal = await readSeal(state, runId);
  // One that came and was killed meanwhile has its note still, and no seal that could accept it.
  if (seal === undefined) return isNoted && startOfRun(runId) >= started;
  if (seal.run_dir !== folder || seal.ended_at < started.getTime()) return false;
  try {
    return brokenSeals(seal.artifacts, await digestFolder(folder)).length === 0 &&
      brokenReview(folder, state) === undefined;
  } catch {
    // The folder is gone: that is found as a change of the tree.
    return false;
  }
}

/** Whether a change is the review that `runs accept` or `runs reject` left. */
async function isReview(
  changed: TreePath,
  { folder, absolute, state }: {
    readonly folder: TreePath;
    readonly absolute: string;
    readonly state: string;
  },
): Promise<boolean> {
  return changed === `${folder}/${REVIEW_FILE}` && brokenReview(absolute, state) === undefined &&
    await runDirOf(state, path.basename(folder)) === absolute;
}

/** The place for the runs of another WORKDIR, as codex-dispatch makes it. */
function isFreshPlace({ path: made, change, after }: Change, root: string): boolean {
  if (change !== "added") return false;
  const [last, ...above] = made.split("/").reverse();
  if (after?.kind === "folder") {
    return last === RECORDS_FOLDER || (last === "runs" && above[0] === RECORDS_FOLDER);
  }
  if (last !== ".gitignore" || above[0] !== RECORDS_FOLDER) return false;
  try {
    const file = path.join(root, made);
    return Deno.lstatSync(file).isFile && Deno.readTextFileSync(file) === "*\n";
  } catch {
    return false;
  }
}
