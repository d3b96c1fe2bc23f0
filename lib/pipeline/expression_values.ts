import type { InputValue, Pipeline } from "./pipeline.ts";
import type { ExpressionValues } from "./stage_packet.ts";
import type { PipelineState } from "./state.ts";

export interface Diffs {
  /** From the pipeline's start to now. */
  readonly whole: string;
  /** Of each stage: what its last run changed. */
  readonly rounds: ReadonlyMap<string, string>;
}

/** What the expressions of a stage can read. `workdir` is where the stage works: its checkout, if it has one. Pure. */
export function expressionValues(
  { pipeline, state, workdir, environment, diffs }: {
    readonly pipeline: Pipeline;
    readonly state: PipelineState;
    readonly workdir: string | undefined;
    readonly environment: Readonly<Record<string, string>>;
    readonly diffs: Diffs;
  },
): ExpressionValues {
  const inputs: Record<string, InputValue> = { ...state.inputs };
  if (workdir !== undefined && "workdir" in inputs) inputs["workdir"] = workdir;
  const stages = state.stages.map(({ id, status }) => {
    const last = state.attempts.findLast(({ stage }) => stage === id);
    return [id, {
      status,
      verdict: last?.result?.answer?.verdict ?? null,
      policy: last?.policy ?? null,
      answer: last?.result?.answer ?? null,
      run_dir: last?.run_dir ?? null,
      diff: diffs.whole,
      round_diff: diffs.rounds.get(id) ?? "",
    }];
  });
  const env = pipeline.env.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { inputs, env: Object.fromEntries(env), stages: Object.fromEntries(stages) };
}
