import * as path from "node:path";
import { sha256Of } from "../base/digest.ts";
import { badInput, DispatchError, refusal } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";
import { findCodex } from "../codex/find_codex.ts";
import { holdWorkTree } from "../dispatch/hold_work_tree.ts";
import { dirtyOverlap } from "../evidence/judge.ts";
import type { Status } from "../evidence/status.ts";
import { bestWalker } from "../evidence/walker.ts";
import { openStateFolder } from "../records/folders.ts";
import { openScratch } from "../records/live_runs.ts";
import { drivePipeline, type PipelineOptions, type PipelineSurroundings } from "./drive_pipeline.ts";
import { freezePipeline } from "./frozen_pipeline.ts";
import { initialState } from "./initial_state.ts";
import type { InputValue, Pipeline } from "./pipeline.ts";
import { KeptTree } from "./pipeline_tree.ts";
import { type PacketPreview, previewPackets } from "./preview_packets.ts";
import { isReadOnly } from "./plan.ts";
import type { PipelineState } from "./state.ts";
import { readCarried } from "./carried.ts";
import { renderList } from "./render_template.ts";
import { readWorkTree, type WorkTree } from "./work_tree.ts";
import { sweepScratch } from "./sweep_scratch.ts";
import { newPipelineId, StateStore } from "./state_store.ts";

export interface PipelineRequest {
  readonly pipeline: Pipeline;
  /** The file as it was named. */
  readonly file: string;
  /** The packet files that it names, by their names in it. */
  readonly packetFiles: ReadonlyMap<string, string>;
  readonly inputs: Readonly<Record<string, InputValue>>;
}

/** A pipeline that is sound as far as can be told before it starts. */
export interface PreparedPipeline {
  readonly previews: readonly PacketPreview[];
  readonly state: PipelineState;
}

/**
 * Holds a pipeline and its inputs against the machine: every packet that can be told already, and where it works.
 *
 * @throws DispatchError (exit 1) with every problem at once
 */
export async function preparePipeline(
  { pipeline, file, inputs }: PipelineRequest,
  { options, context }: PipelineSurroundings,
): Promise<PreparedPipeline> {
  const started = context.now();
  const { environment } = context;
  const unplaced = initialState(pipeline, {
    id: newPipelineId(pipeline.name, started),
    started_at: started.toISOString(),
    workdir: "",
    repository: "",
    file,
    file_digest: sha256Of(pipeline.text),
    inputs: mutable(inputs),
  });
  const previews = await previewPackets(pipeline, unplaced, { environment, waive: options.waive });
  const problems = previews.flatMap((preview) => preview.problems);
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  const packets = previews.flatMap(({ packet }) => packet ?? []);
  const [first] = packets;
  if (!first) {
    throw badInput(
      "pipeline-workdir",
      "Where the pipeline works cannot be told before it starts. Give the first stage a workdir.",
    );
  }
  const elsewhere = packets.find(({ repository }) => repository !== first.repository);
  if (elsewhere) {
    const message =
      `The stages work in two repositories, "${first.repository}" and "${elsewhere.repository}". ` +
      "A pipeline works in one: its verdict is about one tree.";
    throw badInput("pipeline-repositories", message);
  }
  const { workdir, repository } = first;
  return { previews, state: { ...unplaced, workdir, repository } };
}

/**
 * Runs a pipeline from its start.
 *
 * @throws DispatchError (exit 1 or 2) for what is refused before its first stage
 */
export async function startPipeline(
  request: PipelineRequest,
  surroundings: PipelineSurroundings,
): Promise<{ readonly state: PipelineState; readonly folder: string }> {
  const { context, options, report } = surroundings;
  const { environment } = context;
  const { pipeline } = request;
  const { state, previews } = await preparePipeline(request, surroundings);
  const { id, workdir, repository } = state;
  if (pipeline.stages.some(({ kind }) => kind === "agent")) {
    await findCodex({ given: options.codex, environment });
  }
  const stateFolder = await openStateFolder(repository, environment);
  for (const left of await sweepScratch(stateFolder, environment)) {
    report({ kind: "warning", text: `What a killed pipeline left could not be removed: ${left}` });
  }
  await using scratch = await openScratch(stateFolder, id);
  using lock = await holdWorkTree({
    repository,
    shared: pipeline.stages.every(isReadOnly),
    holder: { what: "pipeline", id },
    noWait: options.noWait,
  }, { ...context, report: (progress) => progress.kind === "step" && report(progress) });
  const kept = path.join(stateFolder, "pipelines", id);
  const before = await readWorkTree(repository, { environment, walker: bestWalker() });
  refuseOverlap(previews, { options, status: before.status });
  const scope = previews.flatMap(({ mayWrite }) => mayWrite);
  const carried = carriedPaths(previews, { state, tree: before, environment });
  const place = { repository, workdir, kept, scratch: scratch.folder, environment };
  const tree = await KeptTree.begin(place, { scope, before, carried });
  const store = await StateStore.create(id, { workdir, state: stateFolder });
  await freezePipeline(store, pipeline, request.packetFiles);
  report({ kind: "pipeline", id, folder: store.folder, stages: pipeline.stages.map((stage) => stage.id) });
  const ended = await drivePipeline(pipeline, state, { ...surroundings, store, tree, lock });
  return { state: ended, folder: store.folder };
}

/** Dirt in what workers may write is judged once, before the first stage. */
function refuseOverlap(
  previews: readonly PacketPreview[],
  { options, status }: { readonly options: PipelineOptions; readonly status: Status },
): void {
  if (options.allowDirtyOverlap) return;
  const workers = previews.flatMap(({ packet }) => packet?.fields.mode === "worker" ? packet : []);
  const dirty = new Set(
    workers.filter(({ fields }) => !fields.allowDirtyOverlap)
      .flatMap(({ scope }) => dirtyOverlap(status, scope).map(showPath)),
  );
  if (dirty.size === 0) return;
  const names = [...dirty].slice(0, 10).map((each) => `"${each}"`).join(", ");
  const rest = dirty.size > 10 ? ` and ${dirty.size - 10} more` : "";
  throw refusal(
    "dirty-overlap",
    `What workers of the pipeline may write is dirty already: ${names}${rest}. Commit or stash it, or accept that Codex's work ` +
      "mixes with it: --allow-dirty-overlap.",
  );
}

/** @throws DispatchError (exit 1) with every path that cannot be carried */
function carriedPaths(
  previews: readonly PacketPreview[],
  { state, tree, environment }: {
    readonly state: PipelineState;
    readonly tree: WorkTree;
    readonly environment: Readonly<Record<string, string>>;
  },
): TreePath[] {
  const read = previews.map(({ stage, packet }) =>
    readCarried(renderList(stage.carry, { inputs: state.inputs, env: environment }), {
      stage: stage.id,
      workdir: packet?.workdir ?? state.workdir,
      tree,
    })
  );
  const problems = read.flatMap((each) => each.problems);
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  return read.flatMap(({ paths }) => paths);
}

function mutable(inputs: Readonly<Record<string, InputValue>>): PipelineState["inputs"] {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}
