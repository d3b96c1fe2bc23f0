import * as path from "node:path";
import type { DispatchContext } from "../dispatch/context.ts";
import type { DispatchOptions } from "../dispatch/options.ts";
import type { WorkTreeLock } from "../process/work_tree_lock.ts";
import { writeWhole } from "../records/write_file.ts";
import type { IncludedText } from "./included.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineProgress } from "./progress.ts";
import { type Resumption, runPipeline } from "./run_pipeline.ts";
import type { KeptTree } from "./tree/pipeline_tree.ts";
import { StageWork } from "./stage_work.ts";
import type { PipelineState } from "./state.ts";
import type { StateStore } from "./state_store.ts";
import { renderSummary, summarize } from "./summary.ts";
import { renderJson } from "../base/render_json.ts";

/** What a caller may set for the dispatches of a pipeline. */
export type PipelineOptions = DispatchOptions;

/** What a pipeline takes from the process that it runs in. */
export interface PipelineSurroundings {
  readonly options: PipelineOptions;
  readonly jobs: number;
  /** The caller goes away as soon as the pipeline has its directory. */
  readonly detached: boolean;
  readonly context: Omit<DispatchContext, "report" | "part" | "lock" | "detached">;
  readonly report: (progress: PipelineProgress) => void;
}

/** Takes a pipeline to its end, or to where it stops, and writes down what came of it. */
export async function drivePipeline(
  pipeline: Pipeline,
  state: PipelineState,
  { options, jobs, context, report, store, tree, lock, resumption }: PipelineSurroundings & {
    readonly store: StateStore;
    readonly tree: KeptTree;
    readonly lock: WorkTreeLock;
    readonly resumption?: Resumption | undefined;
  },
): Promise<PipelineState> {
  const work = new StageWork({
    pipeline,
    options,
    context: { ...context, lock },
    report,
    tree,
    ownPaths: (each) => store.isAsWritten(state.repository, each),
    keepText: (included) => keepText(path.join(store.kept, "included"), included),
  });
  const ended = await runPipeline(pipeline, state, {
    jobs,
    resumption,
    interrupt: context.interrupt,
    report,
    attempt: (stage, now, limits) => work.attempt(stage, now, limits),
    values: (stage, now) => work.values(stage, now),
    save: (now) => store.save(now),
  });
  await writeSummary(store, ended);
  return ended;
}

/** Writes down what came of a pipeline, for programs and for people. */
export async function writeSummary(store: StateStore, state: PipelineState): Promise<void> {
  const summary = summarize(state, store.folder);
  await store.write("summary.json", renderJson(summary));
  await store.write(SUMMARY_TEXT, renderSummary(summary));
}

/** What is written last. */
export const SUMMARY_TEXT = "summary.md";

function keepText(folder: string, { text }: IncludedText): string {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${crypto.randomUUID().slice(0, 8)}.txt`);
  writeWhole(file, text);
  return file;
}
