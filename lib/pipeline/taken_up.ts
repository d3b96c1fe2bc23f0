import type { PipelineState, StageState } from "./state.ts";

/** How a pipeline that stopped is taken up. */
export interface TakenUp {
  readonly stages: PipelineState["stages"];
  /** Stages that ran when their process ended: they are run before anything else is decided or begins. */
  readonly unfinished: readonly string[];
}

/**
 * The stages of a pipeline that is taken up. What did not pass begins anew in its round, and what was skipped may have been so for
 * the stop alone. A gate that said no before anybody could act on it is acted on now: it is not asked twice. Pure.
 */
export function takenUp({ status, stages }: PipelineState, approved: boolean): TakenUp {
  const isDecided = status === "failed" || status === "violated";
  const take = (stage: StageState): StageState => {
    if (stage.status === "waiting") {
      return approved ? { ...stage, status: "passed", note: "Approved." } : stage;
    }
    const stands = stage.status === "passed" || stage.continued || (stage.status === "failed" && !isDecided);
    return stands ? stage : { ...stage, status: "pending", note: null };
  };
  return {
    stages: stages.map(take),
    unfinished: stages.filter((stage) => stage.status === "running" || stage.status === "interrupted")
      .map(({ id }) => id),
  };
}
