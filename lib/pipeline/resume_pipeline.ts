import * as path from "node:path";
import { sha256Of } from "../base/digest.ts";
import { badInput, refusal } from "../base/errors.ts";
import { plural } from "../base/text.ts";
import { findCodex } from "../codex/find_codex.ts";
import { openStateFolder } from "../records/folders.ts";
import { isLive, openScratch } from "../records/live_runs.ts";
import { writeWhole } from "../records/write_file.ts";
import { drivePipeline, type PipelineSurroundings, SUMMARY_TEXT, writeSummary } from "./drive_pipeline.ts";
import { frozenPipeline } from "./frozen_pipeline.ts";
import { holdForPipeline } from "./hold_pipeline.ts";
import { lostSentence } from "./tree/kept_scope.ts";
import type { Pipeline } from "./pipeline.ts";
import type { StageRound } from "./tree/kept_documents.ts";
import { KeptTree } from "./tree/pipeline_tree.ts";
import { failedToStart } from "./unstarted.ts";
import type { Attempt, PipelineState } from "./state.ts";
import { StateStore } from "./state_store.ts";
import { sweepScratch } from "./sweep_scratch.ts";
import { takenUp } from "./taken_up.ts";

export interface ResumeRequest {
  readonly id: string;
  /** The WORKDIR whose pipelines are meant, and its repository. */
  readonly workdir: string;
  readonly repository: string;
  /** Goes on although the tree or the file changed in between. */
  readonly acceptChanges: boolean;
  /** What a person says to the stage that waits. */
  readonly answer:
    | { readonly kind: "approve" }
    | { readonly kind: "reject"; readonly text: string }
    | undefined;
}

/**
 * Takes a pipeline up where it stopped: after a gate, an interruption, a crash.
 *
 * @throws DispatchError (exit 1, 2 or 3) with the reason why it is not resumed
 */
export async function resumePipeline(
  request: ResumeRequest,
  surroundings: PipelineSurroundings,
): Promise<{ readonly state: PipelineState; readonly folder: string; readonly pipeline: Pipeline }> {
  const { context, options, report } = surroundings;
  const { environment } = context;
  const { id, workdir, repository, acceptChanges } = request;
  const stateFolder = await openStateFolder(repository, environment);
  if (await isLive(stateFolder, id)) {
    throw refusal("pipeline-running", `The pipeline "${id}" is running. Wait for it, or end it first.`);
  }
  const { store, state } = await StateStore.open(id, { workdir, state: stateFolder });
  const pipeline = await frozenPipeline(store, state.file);
  if (state.status === "passed") {
    if (store.isWritten(SUMMARY_TEXT)) {
      throw badInput("pipeline-passed", `The pipeline "${id}" passed already: there is nothing left to do.`);
    }
    // Killed at the very end: nothing is left to do but to say so.
    await writeSummary(store, state);
    return { state, folder: store.folder, pipeline };
  }
  if (!await KeptTree.wasBegun(store)) {
    throw badInput(
      "pipeline-unbegun",
      `The pipeline "${id}" was refused before its first stage: start it anew.`,
    );
  }
  const { approved, answered } = answer(pipeline, state, request.answer);
  if (pipeline.stages.some(({ kind }) => kind === "agent")) {
    await findCodex({ given: options.codex, environment });
  }
  for (const left of await sweepScratch(stateFolder, environment)) {
    report({ kind: "warning", text: `What a killed pipeline left could not be removed: ${left}` });
  }
  await using scratch = await openScratch(stateFolder, id);
  using lock = await holdForPipeline(pipeline, { id, repository }, surroundings);
  const tree = await KeptTree.reopen({
    repository,
    workdir,
    kept: store.kept,
    documents: store,
    scratch: scratch.folder,
    environment,
  });
  const worker = stoppedWorker(pipeline, state);
  if (!acceptChanges) {
    await refuseChanged(state, { tree, worker });
  }
  report({
    kind: "pipeline",
    id,
    folder: store.folder,
    state: stateFolder,
    stages: pipeline.stages.map((stage) => stage.id),
  });
  const restored = worker === undefined
    ? state
    : await restore(worker, state, { store, tree, scratch: scratch.folder, report });
  await tree.noteIdentity();
  const { stages, unfinished } = takenUp(restored, approved);
  const begun: PipelineState = { ...restored, stages };
  const resumption = { answered, unfinished };
  const ended = await drivePipeline(pipeline, begun, { ...surroundings, store, tree, lock, resumption });
  return { state: ended, folder: store.folder, pipeline };
}

/** Whether the stage that waits passes, and the attempt that a rejection is. */
interface Answered {
  readonly approved: boolean;
  readonly answered: Attempt | undefined;
}

function answer(pipeline: Pipeline, { id, stages }: PipelineState, said: ResumeRequest["answer"]): Answered {
  const waiting = stages.find(({ status }) => status === "waiting");
  if (said && !waiting) {
    throw badInput(
      "nothing-waits",
      `No stage of the pipeline "${id}" waits for a person. Leave out --approve and --reject.`,
    );
  }
  if (!said && waiting) {
    const message = `The stage "${waiting.id}" waits for a person: ${waiting.note ?? ""} ` +
      'Say --approve, or --reject "why".';
    throw refusal("pipeline-waits", message);
  }
  const stage = pipeline.stages.find((each) => each.id === waiting?.id);
  return {
    approved: said?.kind === "approve",
    answered: stage && waiting && said?.kind === "reject"
      ? failedToStart(stage, waiting.round, "a person's approval", `rejected: ${said.text}`)
      : undefined,
  };
}

/** The worker that a crash or an interruption stopped in the middle of its work. */
function stoppedWorker(pipeline: Pipeline, { stages }: PipelineState): StageRound | undefined {
  const isWorker = (id: string): boolean =>
    pipeline.stages.some((stage) => stage.id === id && stage.kind === "agent" && stage.mode === "worker");
  const stopped = stages.find(({ id, status }) =>
    (status === "running" || status === "interrupted") && isWorker(id)
  );
  return stopped && { stage: stopped.id, round: stopped.round };
}

/** @throws DispatchError (exit 2) with what changed since the pipeline stopped */
async function refuseChanged(
  state: PipelineState,
  { tree, worker }: { readonly tree: KeptTree; readonly worker: StageRound | undefined },
): Promise<void> {
  const changed = await tree.changesSince(worker && await tree.worker.granted(worker) || []);
  const file = await Deno.readTextFile(state.file).then(sha256Of, () => "gone");
  const reasons = [
    ...(changed.length === 0 ? [] : [
      `the tree changed since it stopped: ${changed.slice(0, 10).map((each) => `"${each}"`).join(", ")}${
        changed.length > 10 ? ` and ${plural(changed.length - 10, "more path")}` : ""
      }`,
    ]),
    ...(isBuiltIn(state.file) || file === state.file_digest ? [] : [
      file === "gone"
        ? `its file "${state.file}" is gone`
        : `its file "${state.file}" changed since it started; what would go on is the file as it was`,
    ]),
    ...(state.stages.some(({ status }) => status === "violated")
      ? ["it stopped for a violation, which still stands"]
      : []),
  ];
  if (reasons.length === 0) return;
  throw refusal(
    "pipeline-changed",
    `The pipeline "${state.id}" is not resumed: ${
      reasons.join("; ")
    }. See to it, or go on knowingly with --accept-changes.`,
  );
}

/** A built-in pipeline is named and not found in a folder. */
function isBuiltIn(file: string): boolean {
  return !path.isAbsolute(file);
}

/** Keeps a worker's partial work as a patch, and puts the tree back as it was before. */
async function restore(
  worker: StageRound,
  state: PipelineState,
  { store, tree, scratch, report }: {
    readonly store: StateStore;
    readonly tree: KeptTree;
    readonly scratch: string;
    readonly report: PipelineSurroundings["report"];
  },
): Promise<PipelineState> {
  const work = await tree.worker.partialWork(worker);
  if (work && work.lost.length > 0) {
    throw refusal("not-restored", `${lostSentence(work.lost)} Take it away by hand.`);
  }
  const isNoted = state.stages.find(({ id }) => id === worker.stage)?.status === "interrupted";
  const noted = isNoted ? state : withInterrupted(worker, state);
  const count = noted.attempts.filter(({ status }) => status === "interrupted").length;
  const file = path.join(store.folder, count <= 1 ? "interrupted.patch" : `interrupted-${count}.patch`);
  const bytes = work && (await work.patch(work.changed, scratch)).bytes;
  const isKept = await Deno.lstat(file).then(() => true, () => false);
  // One that is there already is of this very work: what is left of it now is less.
  if (bytes && bytes.length > 0 && !isKept) {
    writeWhole(file, bytes);
    report({ kind: "step", text: `the unfinished work of "${worker.stage}" is kept as ${file}` });
  }
  await store.save(noted);
  await work?.restore();
  return noted;
}

function withInterrupted({ stage, round }: StageRound, state: PipelineState): PipelineState {
  const attempt: Attempt = {
    stage,
    round,
    status: "interrupted",
    run_dir: null,
    started_at: state.started_at,
    duration_ms: 0,
    tokens: null,
    reasons: [],
    failure: null,
    policy: null,
    result: null,
  };
  return {
    ...state,
    stages: state.stages.map((each) => each.id === stage ? { ...each, status: "interrupted" } : each),
    attempts: [...state.attempts, attempt],
  };
}
