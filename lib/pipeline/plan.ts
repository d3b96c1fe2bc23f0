import type { Pipeline, Stage } from "./pipeline.ts";

export const STAGE_STATUSES = [
  "pending",
  "running",
  "passed",
  "failed",
  "violated",
  "skipped",
  "waiting",
  "interrupted",
] as const;
export type StageStatus = (typeof STAGE_STATUSES)[number];

/** What planning knows of a stage. */
export interface StageProgress {
  readonly status: StageStatus;
  /** Its gate said no, and `on_fail: continue` lets what needs it go on. */
  readonly continued: boolean;
}

/** What can be done next. */
export interface Steps {
  /** Stages that may start now, beside those that run. */
  readonly start: readonly Stage[];
  /** Stages that never will, as what they need was skipped. */
  readonly skip: readonly { readonly stage: Stage; readonly because: string }[];
}

/**
 * The next steps: stages whose needs are met, in the order of the file. One that may write runs alone; read-only ones run side by
 * side, `jobs` at most. Pure.
 */
export function nextSteps(
  pipeline: Pipeline,
  progress: ReadonlyMap<string, StageProgress>,
  jobs: number,
): Steps {
  const statusOf = (id: string): StageStatus => progress.get(id)?.status ?? "pending";
  const isThrough = (id: string): boolean =>
    statusOf(id) === "passed" || progress.get(id)?.continued === true;
  const pending = pipeline.stages.filter(({ id }) => statusOf(id) === "pending");
  const skip = pending.flatMap((stage) => {
    const because = stage.needs.find((id) => statusOf(id) === "skipped");
    return because === undefined ? [] : [{ stage, because }];
  });
  const ready = pending.filter((stage) => stage.needs.every(isThrough));
  const running = pipeline.stages.filter(({ id }) => statusOf(id) === "running");
  const start: Stage[] = [];
  for (const stage of ready) {
    const beside = [...running, ...start];
    if (beside.length >= jobs) break;
    if (beside.length > 0 && ![stage, ...beside].every(isReadOnly)) break;
    start.push(stage);
  }
  return { start, skip };
}

/** Whether a stage leaves the tree alone, so that others may look at it meanwhile. Commands in the tree itself write build output. Pure. */
export function isReadOnly(stage: Stage): boolean {
  if (stage.kind === "agent") return stage.mode !== "worker";
  return stage.kind === "run" && stage.checkout === "clean";
}

/** The stages that begin anew when the pipeline goes back to one: that one, and whatever needs it by any way. Pure. */
export function stagesFrom(pipeline: Pipeline, id: string): string[] {
  const again = new Set([id]);
  // Needs point backwards only, so that one pass in the order of the file finds them all.
  for (const stage of pipeline.stages) if (stage.needs.some((need) => again.has(need))) again.add(stage.id);
  return pipeline.stages.map((stage) => stage.id).filter((each) => again.has(each));
}
