import type { Conclusion } from "../dispatch/conclude.ts";
import { commandOutcome } from "../dispatch/run_commands.ts";
import { type Finding, isSameFinding } from "./finding.ts";
import { type GateReason, gravestFindings } from "./gate.ts";
import type { AgentStage, RunStage } from "./pipeline.ts";

/** Why a stage's gate said no, in the form in which it is handed back to a worker and compared with the round before. */
export type Failure =
  | { readonly kind: "findings"; readonly findings: Finding[] }
  | {
    readonly kind: "check";
    readonly command: string;
    readonly exit: number | null;
    readonly output: string;
  }
  | { readonly kind: "reasons"; readonly reasons: GateReason[] };

/** What failed in a run whose gate said no. Pure. */
export function failureOf(
  stage: AgentStage | RunStage,
  conclusion: Conclusion | undefined,
  reasons: readonly GateReason[],
): Failure {
  if (stage.kind === "run") {
    const failed = conclusion?.result.commands.find(({ exit_code }) =>
      commandOutcome(exit_code) !== "passed"
    );
    if (failed) {
      return { kind: "check", command: failed.command, exit: failed.exit_code, output: failed.output ?? "" };
    }
    return { kind: "reasons", reasons: [...reasons] };
  }
  const answer = conclusion?.result.answer;
  const grave = gravestFindings(answer?.findings ?? [], stage.gate.failOn);
  const findings = grave.length > 0 ? grave : answer?.findings ?? [];
  if (findings.length > 0) return { kind: "findings", findings };
  if (!answer || answer.summary.trim() === "") return { kind: "reasons", reasons: [...reasons] };
  const told = { title: answer.summary, body: answer.evidence.join("\n"), recommendation: answer.next };
  return { kind: "findings", findings: [{ severity: "high", file: null, line: null, ...told }] };
}

/**
 * Whether another round brought nothing: each finding of the round before is found again, reworded or moved as it may be, or the
 * same command fails with the same words. Pure.
 */
export function isRepeated(now: Failure, before: Failure): boolean {
  if (now.kind === "findings" && before.kind === "findings") {
    return before.findings.every((old) => now.findings.some((finding) => isSameFinding(finding, old)));
  }
  if (now.kind === "check" && before.kind === "check") {
    return now.command === before.command && now.exit === before.exit &&
      steadyText(now.output) === steadyText(before.output);
  }
  if (now.kind === "reasons" && before.kind === "reasons") {
    return JSON.stringify(now.reasons) === JSON.stringify(before.reasons);
  }
  return false;
}

/** Output without what differs from run to run: colours, times, addresses, temporary names, other numbers than small ones. */
function steadyText(output: string): string {
  return output
    // deno-lint-ignore no-control-regex
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
    .replace(/\/(?:[\w.@+-]+\/)*/g, "/")
    .replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b/gi, "#")
    .replace(/\d+(?:[.:]\d+)+(?:\s?(?:ms|s|sec|seconds|min))?/g, "#")
    .replace(/\d+\s?(?:ms|s|sec|seconds|µs)\b/g, "#")
    .replace(/\s+/g, " ")
    .trim();
}
