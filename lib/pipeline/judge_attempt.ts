import { showDuration } from "../base/durations.ts";
import { messageOf } from "../base/errors.ts";
import { evaluate } from "../base/expressions.ts";
import type { Conclusion } from "../dispatch/conclude.ts";
import { changedPaths } from "./changed_paths.ts";
import { dependencyHint } from "./dependency_hint.ts";
import { failureOf } from "./failure.ts";
import { type GateReason, type GateVerdict, judgeAgent, judgeCommands } from "./gate.ts";
import type { AgentStage, RunStage } from "./pipeline.ts";
import type { ExpressionValues } from "./stage_packet.ts";
import type { Attempt, PipelineState } from "./state.ts";
import { isTransient } from "./transient.ts";

export interface AttemptFacts {
  readonly round: number;
  readonly started: Date;
  readonly durationMs: number;
  readonly conclusion: Conclusion;
  /** Milliseconds that the budget left for it, where that is less than the stage's own limit. */
  readonly cutTo?: number | undefined;
  /** The values that `require:` reads, with this attempt as the stage's last. */
  readonly values: (attempt: Attempt) => Promise<ExpressionValues>;
}

/** A stage's run with what its gate says of it. */
export async function judgeAttempt(
  stage: AgentStage | RunStage,
  state: PipelineState,
  { round, started, durationMs, conclusion, cutTo, values }: AttemptFacts,
): Promise<Attempt> {
  const { policy, result } = conclusion;
  const base: Attempt = {
    stage: stage.id,
    round,
    status: "failed",
    run_dir: policy.run_dir,
    started_at: started.toISOString(),
    duration_ms: Math.round(durationMs),
    tokens: tokensOf(conclusion),
    reasons: [],
    failure: null,
    policy,
    result,
  };
  if (result.status === "interrupted") return { ...base, status: "interrupted" };
  if (isTransient(conclusion) && repeatsOf(stage.id, round, state) < stage.retries) {
    return { ...base, status: "repeated" };
  }
  const gate = stage.kind === "run" ? judgeCommands(conclusion) : judgeAgent(stage.gate, {
    conclusion,
    changedSinceStart: changedPaths([...state.attempts, base]),
  });
  const verdict = withRequired(gate, unmet(stage, await values({ ...base, status: gate.status })));
  if (verdict.status === "passed") return { ...base, status: "passed" };
  const { status } = verdict;
  const hint = stage.kind === "run" && stage.checkout === "clean" ? dependencyHint(conclusion) : undefined;
  const reasons = [
    ...budgetReasons(conclusion, cutTo),
    ...verdict.reasons,
    ...(hint === undefined ? [] : [{ condition: "a checkout with what the commands need", found: hint }]),
  ];
  return { ...base, status, reasons, failure: failureOf(stage, conclusion, reasons) };
}

/** How often a stage was repeated in a round. Pure. */
export function repeatsOf(stage: string, round: number, { attempts }: PipelineState): number {
  return attempts.filter((each) => each.stage === stage && each.round === round && each.status === "repeated")
    .length;
}

/** Input and output. Commands that codex-dispatch ran itself use none, nor does a Codex that was not started. */
function tokensOf({ result }: Conclusion): number | null {
  if (result.mode === "run" || result.status === "refused") return 0;
  return result.usage === null
    ? null
    : (result.usage["input_tokens"] ?? 0) + (result.usage["output_tokens"] ?? 0);
}

/** The limit that ended a run was none of its own. */
function budgetReasons({ policy }: Conclusion, cutTo: number | undefined): GateReason[] {
  if (cutTo === undefined || !/hard limit/.test(policy.watchdog_reason ?? "")) return [];
  const found = `${showDuration(cutTo)} were left of it for this stage`;
  return [{ condition: "an end within the time of the budget", found }];
}

function withRequired(gate: GateVerdict, reasons: readonly GateReason[]): GateVerdict {
  if (reasons.length === 0) return gate;
  return {
    status: gate.status === "passed" ? "failed" : gate.status,
    reasons: [...gate.reasons, ...reasons],
  };
}

function unmet(stage: AgentStage | RunStage, values: ExpressionValues): GateReason[] {
  return stage.require.flatMap((expression) => {
    const condition = `require: ${expression.text}`;
    try {
      const value = evaluate(expression, values);
      return value === true ? [] : [{ condition, found: JSON.stringify(value) }];
    } catch (error) {
      return [{ condition, found: messageOf(error) }];
    }
  });
}
