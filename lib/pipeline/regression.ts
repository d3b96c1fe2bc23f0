import { commandOutcome } from "../dispatch/run_commands.ts";
import type { Stage } from "./pipeline.ts";
import type { Attempt } from "./state.ts";

/** A check that passed in an earlier round and fails in this one: a command of a stage, or what a verifier proved. Pure. */
export function regressionOf(
  attempt: Attempt,
  attempts: readonly Attempt[],
  stage: Stage,
): string | undefined {
  const earlier = attempts.filter((each) => each.stage === attempt.stage && each.round < attempt.round);
  if (stage.kind === "agent") {
    const didPass = stage.mode === "verifier" && earlier.some(({ status }) => status === "passed");
    return didPass ? `The stage "${attempt.stage}"` : undefined;
  }
  if (stage.kind !== "run" || stage.expect === "fail") return undefined;
  const isFailed = (exit: number | null): boolean => commandOutcome(exit) !== "passed";
  const passed = new Set(
    earlier.flatMap(({ result }) => result?.commands ?? [])
      .filter(({ exit_code }) => !isFailed(exit_code)).map(({ command }) => command),
  );
  const worse = attempt.result?.commands.find(({ command, exit_code }) =>
    isFailed(exit_code) && passed.has(command)
  );
  return worse && `"${worse.command}"`;
}
