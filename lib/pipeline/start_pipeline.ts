import { DispatchError, refusal } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";
import { findCodex } from "../codex/find_codex.ts";
import { dirtyOverlap } from "../evidence/dirty_overlap.ts";
import type { Status } from "../evidence/status.ts";
import { bestWalker } from "../evidence/walker.ts";
import { openStateFolder } from "../records/folders.ts";
import { openScratch } from "../records/live_runs.ts";
import { readCarried } from "./tree/carried.ts";
import {
  drivePipeline,
  type PipelineOptions,
  type PipelineSurroundings,
  writeSummary,
} from "./drive_pipeline.ts";
import { freezePipeline } from "./frozen_pipeline.ts";
import { holdForPipeline } from "./hold_pipeline.ts";
import { KeptTree } from "./tree/pipeline_tree.ts";
import { type PipelineRequest, type PreparedPipeline, preparePipeline } from "./prepare_pipeline.ts";
import type { PacketPreview } from "./preview_packets.ts";
import { renderList } from "./render_template.ts";
import type { PipelineState } from "./state.ts";
import { StateStore } from "./state_store.ts";
import { sweepScratch } from "./sweep_scratch.ts";
import { readWorkTree, type WorkTree } from "./tree/work_tree.ts";

/** What came of a pipeline, and where it is told. */
export interface EndedPipeline {
  readonly state: PipelineState;
  readonly folder: string;
}

/**
 * Runs a pipeline from its start.
 *
 * @throws DispatchError (exit 1 or 2) for what is refused before its first stage
 */
export async function startPipeline(
  request: PipelineRequest,
  surroundings: PipelineSurroundings,
): Promise<EndedPipeline> {
  const { context: { environment }, options, report, detached } = surroundings;
  const { pipeline } = request;
  const prepared = await preparePipeline(request, surroundings);
  const { id, workdir, repository } = prepared.state;
  if (pipeline.stages.some(({ kind }) => kind === "agent")) {
    await findCodex({ given: options.codex, environment });
  }
  const state = await openStateFolder(repository, environment);
  for (const left of await sweepScratch(state, environment)) {
    report({ kind: "warning", text: `What a killed pipeline left could not be removed: ${left}` });
  }
  await using scratch = await openScratch(state, id);
  const store = new StateStore(id, { workdir, state });
  const open = async (): Promise<void> => {
    await freezePipeline(store, pipeline, request.packetFiles);
    await store.save(prepared.state);
    report({
      kind: "pipeline",
      id,
      folder: store.folder,
      state,
      stages: pipeline.stages.map((stage) => stage.id),
    });
  };
  const begin = { ...surroundings, ...prepared, request, scratch: scratch.folder, store };
  if (!detached || options.noWait) return await beginIn({ ...begin, open });
  // A caller that goes away is given the directory before the tree is waited for.
  await open();
  try {
    return await beginIn({ ...begin, open: () => Promise.resolve() });
  } catch (error) {
    if (!(error instanceof DispatchError)) throw error;
    const refused = refusedState(prepared.state, error);
    await store.save(refused);
    await writeSummary(store, refused);
    return { state: refused, folder: store.folder };
  }
}

interface Begin extends PipelineSurroundings, PreparedPipeline {
  readonly request: PipelineRequest;
  readonly scratch: string;
  readonly store: StateStore;
  readonly open: () => Promise<void>;
}

/** Waits until the tree is free, keeps what is to be kept of it, and lets the stages begin. */
async function beginIn(
  { request, state, previews, scratch, store, open, ...surroundings }: Begin,
): Promise<EndedPipeline> {
  const { context, options, report } = surroundings;
  const { environment } = context;
  const { pipeline } = request;
  const { id, workdir, repository } = state;
  using lock = await holdForPipeline(pipeline, { id, repository }, surroundings);
  const before = await readWorkTree(repository, { environment, walker: bestWalker() });
  refuseOverlap(previews, { options, status: before.status });
  const place = { repository, workdir, kept: store.kept, documents: store, scratch, environment };
  const tree = await KeptTree.begin(place, {
    scope: previews.flatMap(({ mayWrite }) => mayWrite),
    before,
    carried: carriedPaths(previews, { state, tree: before, environment, report }),
  });
  await open();
  return {
    state: await drivePipeline(pipeline, state, { ...surroundings, store, tree, lock }),
    folder: store.folder,
  };
}

/** What became of a pipeline that was refused before its first stage, when nobody was there any more to be told. */
function refusedState(state: PipelineState, { exit, message }: DispatchError): PipelineState {
  const isStopped = exit === EXIT.sigint || exit === EXIT.sigterm;
  return {
    ...state,
    status: isStopped ? "interrupted" : "failed",
    exit_code: exit,
    stopped_by: {
      stage: null,
      status: "pending",
      exit_code: exit,
      why: message,
      reasons: [],
      run_dir: null,
      next: "see to it, and start the pipeline anew",
    },
  };
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
  { state, tree, environment, report }: {
    readonly state: PipelineState;
    readonly tree: WorkTree;
    readonly environment: Readonly<Record<string, string>>;
    readonly report: PipelineSurroundings["report"];
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
  for (const text of new Set(read.flatMap(({ notes }) => notes))) report({ kind: "warning", text });
  return read.flatMap(({ paths }) => paths);
}
