import { EXIT } from "../base/exit_codes.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineState } from "./state.ts";

/** The state of a pipeline that has not begun. Pure. */
export function initialState(
  pipeline: Pipeline,
  facts: Pick<
    PipelineState,
    "id" | "started_at" | "workdir" | "repository" | "file" | "file_digest" | "inputs"
  >,
): PipelineState {
  return {
    schema: 1,
    ...facts,
    name: pipeline.name,
    status: "running",
    exit_code: EXIT.fault,
    active_ms: 0,
    stages: pipeline.stages.map(({ id }) => ({
      id,
      status: "pending",
      round: 1,
      continued: false,
      note: null,
    })),
    attempts: [],
    returns: {},
    stopped_by: null,
  };
}
