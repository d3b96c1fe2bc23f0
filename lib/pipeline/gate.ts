import { SEVERITIES } from "../codex/answer.ts";
import { changesClaimed } from "../dispatch/claimed_files.ts";
import { FAILING_CONTRADICTIONS } from "../dispatch/contradiction.ts";
import type { Conclusion } from "../dispatch/conclude.ts";
import type { Finding } from "./finding.ts";
import type { AgentGate, Severity } from "./pipeline.ts";

/** What a stage's gate says of a run. */
export interface GateVerdict {
  /** `violated`: the tree, the repository or the records changed where they must not, or that cannot be told. */
  readonly status: "passed" | "failed" | "violated";
  readonly reasons: readonly GateReason[];
}

/** One condition that a run did not meet, for whoever has to decide how to go on. */
export interface GateReason {
  /** What was asked. */
  readonly condition: string;
  readonly found: string;
}

export interface AgentEvidence {
  /** What the dispatch itself gave back; undefined if there is none. */
  readonly conclusion: Conclusion | undefined;
  /** Paths that changed since the pipeline's start, as they are shown. */
  readonly changedSinceStart: readonly string[];
}

/** Judges the run of a stage that Codex worked on: every condition that is not met. It fails closed. Pure. */
export function judgeAgent(gate: AgentGate, { conclusion, changedSinceStart }: AgentEvidence): GateVerdict {
  if (!conclusion) return MISSING;
  const broken = brokenRun(conclusion);
  if (broken) return broken;
  const answer = conclusion.result.answer;
  if (!answer) return failed([{ condition: "a valid answer", found: "none" }]);
  const { policy, result } = conclusion;
  const reasons: GateReason[] = contradictionReasons(conclusion, changedSinceStart);
  const oneOf = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(" or ");
  if (gate.result && !gate.result.includes(answer.result)) {
    reasons.push({ condition: `result is ${oneOf(gate.result)}`, found: `"${answer.result}"` });
  }
  if (gate.verdict && !gate.verdict.includes(answer.verdict)) {
    reasons.push({ condition: `verdict is ${oneOf(gate.verdict)}`, found: `"${answer.verdict}"` });
  }
  for (const finding of gravestFindings(answer.findings, gate.failOn)) {
    reasons.push({ condition: `no finding of "${gate.failOn}" or worse`, found: findingLine(finding) });
  }
  if (gate.evidence) {
    if (!result.commands.some(({ exit_code }) => exit_code !== null)) {
      reasons.push({ condition: "at least one command that ran to its end", found: "none was seen" });
    }
    if (answer.evidence.every((line) => line.trim() === "")) {
      reasons.push({ condition: "evidence that is not empty", found: "none was given" });
    }
  }
  if (gate.change && policy.changes.length === 0) {
    reasons.push({ condition: "the run changed something", found: "no change" });
  }
  return reasons.length === 0 ? PASSED : failed(reasons);
}

/** Judges the run of a stage whose commands codex-dispatch ran itself: what was expected of them is in its result. Pure. */
export function judgeCommands(conclusion: Conclusion | undefined): GateVerdict {
  if (!conclusion) return MISSING;
  return brokenRun(conclusion) ?? PASSED;
}

/** The findings that are as grave as a gate lets none be. Pure. */
export function gravestFindings(findings: readonly Finding[], failOn: Severity | undefined): Finding[] {
  if (failOn === undefined) return [];
  const most = SEVERITIES.indexOf(failOn);
  return findings.filter(({ severity }) => SEVERITIES.indexOf(severity) <= most);
}

const PASSED: GateVerdict = { status: "passed", reasons: [] };

const MISSING: GateVerdict = {
  status: "failed",
  reasons: [{ condition: "a verdict of the run", found: "none: the run did not come to its end" }],
};

function failed(reasons: readonly GateReason[]): GateVerdict {
  return { status: "failed", reasons };
}

/** What stops whatever the gate says: a violation, or a run that was not accepted. */
function brokenRun({ policy, result }: Conclusion): GateVerdict | undefined {
  const reasons = [
    ...policy.violations.map(({ kind, detail }) => ({
      condition: policy.scope_ok ? `a run that succeeds (${kind})` : `no violation (${kind})`,
      found: detail,
    })),
    ...(policy.violations.length > 0 ? [] : policy.messages.slice(-1).map((message) => ({
      condition: "an accepted run",
      found: message,
    }))),
  ];
  const otherwise = [{ condition: "an accepted run", found: `status "${result.status}"` }];
  if (!policy.scope_ok) return { status: "violated", reasons: reasons.length > 0 ? reasons : otherwise };
  const isGood = result.accepted && result.status === "accepted" && !policy.policy_violation &&
    !result.policy_violation && policy.exit_code === 0 && policy.run_id === result.run_id;
  return isGood ? undefined : failed(reasons.length > 0 ? reasons : otherwise);
}

/** A file that changed in an earlier round of the pipeline may well be claimed in this one. */
function contradictionReasons(
  { policy, result }: Conclusion,
  changedSinceStart: readonly string[],
): GateReason[] {
  const claims = result.answer?.changed_files ?? [];
  const isBorneOut = claims.every((claim) => changesClaimed(claim, changedSinceStart, policy).length > 0);
  return policy.contradictions
    .filter(({ kind }) => FAILING_CONTRADICTIONS.some((failing) => failing === kind))
    .filter(({ kind }) => kind !== "claimed-file-unchanged" || !isBorneOut)
    .map(({ kind, detail }) => ({ condition: `no contradiction (${kind})`, found: detail }));
}

function findingLine({ severity, title, file, line }: Finding): string {
  const place = file === null ? "" : ` (${file}${line === null ? "" : `:${line}`})`;
  return `${severity}: ${title}${place}`;
}
