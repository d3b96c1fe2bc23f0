import * as path from "node:path";
import type { Change } from "../evidence/changes.ts";
import { brokenSeals, digestFolder } from "../records/folder_digests.ts";
import { IGNORE_ALL, RECORDS_FOLDER } from "../records/folders.ts";
import { notedRunFolder, runDirOf } from "../records/live_runs.ts";
import { isOfPipeline, isPipelineId } from "../records/pipeline_folders.ts";
import { wasPruned } from "../records/pruned.ts";
import { readRun } from "../records/read_runs.ts";
import { brokenReview, REVIEW_FILE } from "../records/review_file.ts";
import { aboutRun, isAboutRun } from "../records/run_folder.ts";
import type { RunRecord } from "../records/run_record.ts";
import { type KnownRuns, knownRuns } from "../records/sweep_state.ts";
import { regularText } from "../base/regular_text.ts";
import type { TreePath } from "../base/tree_path.ts";

interface OwnRun {
  readonly record: RunRecord;
  /** The run directory, from the repository's root; begins with `..` if it lies elsewhere. */
  readonly own: TreePath;
  /** The repository. */
  readonly root: string;
  readonly state: string;
  /** The runs that went on when the tree was looked at first. */
  readonly before: KnownRuns;
}

/**
 * Of the changes of a tree during a run those that codex-dispatch itself made: the run's own artifacts; the folders of other
 * runs, wherever in the tree, that go on, that ended meanwhile and are as their own dispatch left them, or that were killed;
 * reviews of runs; what pipelines write; and what was pruned. The state folder says which these are: nothing that lies in the tree is believed.
 * No clock is asked: it may have been set meanwhile.
 */
export async function ownRecords(changes: readonly Change[], run: OwnRun): Promise<Set<TreePath>> {
  const { record, own, root, state, before } = run;
  const ours = new Set<TreePath>();
  const shown = record.shownNames().map((name) => `${own}/${name}`);
  const known = await knownRuns(state);
  const othersLive = [...known.live].some((id) => id !== path.basename(own));
  const vouched = new Map<TreePath, boolean>();
  const places = new Set<TreePath>();
  for (const change of changes) {
    const folder = runFolderOf(change.path);
    if (folder === undefined) {
      const pipeline = pipelineFolderOf(change.path);
      if (pipeline === undefined || !isOfOtherPipeline(change, { root, pipeline, state })) continue;
      ours.add(change.path);
      for (const place of placesAbove(pipeline)) places.add(place);
      continue;
    }
    if (folder === own) {
      // What became of what it shows is told by the record itself; whatever else lies there was put there.
      if (change.path === own || shown.some((each) => `${change.path}/`.startsWith(`${each}/`))) {
        ours.add(change.path);
      }
      continue;
    }
    const absolute = path.join(root, folder);
    if (!vouched.has(folder)) vouched.set(folder, await isVouchedFor(absolute, { state, known }));
    // Of a run that had ended before nothing changes any more.
    const isFresh = change.change === "added" || before.live.has(path.basename(folder));
    if (
      (isFresh && vouched.get(folder)) || (change.change === "deleted" && wasPruned(absolute, state)) ||
      await isReview(change.path, { folder, absolute, state })
    ) {
      ours.add(change.path);
    }
  }
  for (const [folder, isTrue] of vouched) {
    for (const place of isTrue ? placesAbove(folder) : []) places.add(place);
  }
  for (const change of changes) {
    if ((othersLive || places.has(change.path)) && isFreshPlace(change, root)) ours.add(change.path);
  }
  return ours;
}

/** The run directory that a path is about: itself, in it, or what is made beside it to take its place. */
function runFolderOf(candidate: TreePath): TreePath | undefined {
  const parts = candidate.split("/");
  const at = parts.findIndex(isAboutRun);
  const part = parts[at];
  return part === undefined ? undefined : [...parts.slice(0, at), aboutRun(part) ?? part].join("/");
}

/** The pipeline's folder that a path lies in. */
function pipelineFolderOf(candidate: TreePath): TreePath | undefined {
  const parts = candidate.split("/");
  const at = parts.findIndex(isPipelineId);
  return at < 0 ? undefined : parts.slice(0, at + 1).join("/");
}

/** What a pipeline that waits, or that only reads, writes of its own; or that it was pruned. */
function isOfOtherPipeline(
  change: Change,
  { root, pipeline, state }: { readonly root: string; readonly pipeline: TreePath; readonly state: string },
): boolean {
  return change.change === "deleted"
    ? wasPruned(path.join(root, pipeline), state)
    : isOfPipeline(path.join(root, change.path), state);
}

/** A run that goes on or was killed, or that ended and whose folder is as its own dispatch left it. */
async function isVouchedFor(
  folder: string,
  { state, known }: { readonly state: string; readonly known: KnownRuns },
): Promise<boolean> {
  const runId = path.basename(folder);
  const isNoted = await notedRunFolder(state, runId) === folder;
  if (isNoted && known.live.has(runId)) return true;
  const { readSeal } = await import("../records/seal.ts");
  const seal = await readSeal(state, runId);
  // One that was killed has its note still, and says what nobody could accept: sealed or not.
  if (isNoted && known.dead.has(runId) && await saysInterrupted(folder)) return true;
  if (seal?.run_dir !== folder) return false;
  try {
    return brokenSeals(seal.artifacts, await digestFolder(folder)).length === 0 &&
      brokenReview(folder, state) === undefined;
  } catch {
    // The folder is gone: that is found as a change of the tree.
    return false;
  }
}

/** Killed while its directory was made, it says nothing; else it says what it said from its first moment. */
async function saysInterrupted(folder: string): Promise<boolean> {
  const { policy, result } = await readRun(folder);
  if (!policy && !result) return await Deno.lstat(folder).then(() => false, () => true);
  return result?.status === "interrupted" && policy?.policy_violation === true;
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

/** What appears above the first run, or the first pipeline, in a WORKDIR. */
function placesAbove(folder: TreePath): TreePath[] {
  const runs = path.dirname(folder);
  const records = path.dirname(runs);
  return [runs, records, `${records}/.gitignore`];
}

/** The place for the runs of another WORKDIR, as codex-dispatch makes it. */
function isFreshPlace({ path: made, change, after }: Change, root: string): boolean {
  if (change !== "added") return false;
  const [last, ...above] = made.split("/").reverse();
  if (after?.kind === "folder") {
    const isForRecords = last === "runs" || last === "pipelines";
    return last === RECORDS_FOLDER || (isForRecords && above[0] === RECORDS_FOLDER);
  }
  if (last !== ".gitignore" || above[0] !== RECORDS_FOLDER) return false;
  return regularText(path.join(root, made)) === IGNORE_ALL;
}
