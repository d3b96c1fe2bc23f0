import type { Stage } from "./pipeline.ts";
import type { Attempt } from "./state.ts";

/** A stage that could not even be started. Pure. */
export function failedToStart(stage: Stage, round: number, condition: string, found: string): Attempt {
  const reasons = [{ condition, found }];
  return {
    stage: stage.id,
    round,
    status: "failed",
    run_dir: null,
    started_at: new Date().toISOString(),
    duration_ms: 0,
    tokens: 0,
    reasons,
    failure: { kind: "reasons", reasons },
    policy: null,
    result: null,
  };
}
