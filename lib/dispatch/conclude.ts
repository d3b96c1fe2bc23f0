import type { Supervision } from "../process/contain.ts";
import type { Policy, Violation } from "../records/policy.ts";
import type { Result, RunStatus } from "../records/result.ts";
import { renderResultText } from "../records/result_text.ts";
import type { RunMode } from "../records/run_id.ts";
import type { RunVerdict } from "../records/verdict_files.ts";
import { EXIT, type ExitCode, gravest } from "../base/exit_codes.ts";
import { exitOfSignal } from "../base/stop_signal.ts";
import type { RunEnd } from "./run_end.ts";
import { SCOPE_KINDS, violationsOf } from "./run_violations.ts";

/** What is the same however a run ends. */
export interface RunFacts {
  readonly runId: string;
  readonly runDir: string;
  readonly mode: RunMode;
  readonly workdir: string;
  readonly repository: string;
  readonly writeScope: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** When the work tree was had. */
  readonly startedAt: Date;
  /** Milliseconds that were waited for the work tree before that. */
  readonly waitedMs: number;
  readonly codexVersion: string | null;
  readonly supervision: Supervision;
}

export interface Conclusion {
  readonly policy: Policy;
  readonly result: Result;
}

/** policy.json and result.json of a run: what follows from what was seen. Pure. */
export function conclude(facts: RunFacts, end: RunEnd, durationMs: number): Conclusion {
  const violations = violationsOf(end);
  const exit = exitOf(end, violations);
  const status = statusOf(end, violations);
  const ran = end.kind === "ran" ? end : undefined;
  const worked = end.kind === "unexamined" ? end : ran;
  const answer = worked?.answer?.kind === "valid" ? worked.answer.answer : null;
  const watchdog = worked?.cause.kind === "watchdog" ? worked.cause.reason : null;
  const codexExit = worked?.code ?? null;
  const policy: Policy = {
    schema: 1,
    run_id: facts.runId,
    run_dir: facts.runDir,
    mode: facts.mode,
    workdir: facts.workdir,
    repository: facts.repository,
    write_scope: [...facts.writeScope],
    options: { ...facts.options },
    policy_violation: violations.length > 0,
    // What nobody looked at is not known to be in order.
    scope_ok: end.kind !== "unfinished" && end.kind !== "unexamined" &&
      !violations.some(({ kind }) => SCOPE_KINDS.has(kind)),
    exit_code: exit,
    codex_exit_code: codexExit,
    watchdog_killed: watchdog !== null,
    watchdog_reason: watchdog,
    violations: [...violations],
    out_of_scope_changes: [...ran?.judgement.outOfScope ?? []],
    dirty_overlap: end.kind === "dirty-overlap" ? [...end.paths] : [],
    changes: [...ran?.judgement.changes ?? []],
    tolerated: [...ran?.judgement.tolerated ?? []],
    waived: [...ran?.judgement.waived ?? []],
    contradictions: [...ran?.contradictions ?? []],
    git: gitOf(end),
    supervision: facts.supervision,
    enforcement: "detected",
    patch_omits: [...ran?.patchOmits ?? []],
    messages: messagesOf(end),
  };
  const result: Result = {
    schema: 1,
    run_id: facts.runId,
    mode: facts.mode,
    status,
    exit_code: exit,
    codex_exit_code: codexExit,
    policy_violation: policy.policy_violation,
    accepted: status === "accepted",
    started_at: facts.startedAt.toISOString(),
    duration_ms: Math.round(durationMs),
    waited_ms: Math.round(facts.waitedMs),
    usage: worked?.events.usage ? { ...worked.events.usage } : null,
    thread_id: worked?.events.threadId ?? null,
    codex_version: facts.codexVersion,
    commands: (worked?.events.commands ?? []).map(({ command, exitCode, output }) => ({
      command,
      exit_code: exitCode,
      ...(output === undefined ? {} : { output }),
    })),
    answer,
    result: answer?.result ?? null,
  };
  return { policy, result };
}

/** The conclusion with what people read of it. Pure. */
export function verdictOf({ policy, result }: Conclusion, objective: string): RunVerdict {
  return { policy, result, resultText: renderResultText(policy, result, objective) };
}

/** The same run with more to say. Pure. */
export function withMessages({ policy, result }: Conclusion, messages: readonly string[]): Conclusion {
  return { policy: { ...policy, messages: [...policy.messages, ...messages] }, result };
}

/** The same run where its record could not be written whole: nobody could look into what is missing. Pure. */
export function withLost({ policy, result }: Conclusion, lost: readonly string[]): Conclusion {
  if (lost.length === 0) return { policy, result };
  const violations: Violation[] = lost.map((detail) => ({ kind: "record-incomplete", detail }));
  const more = {
    policy: { ...policy, policy_violation: true, violations: [...policy.violations, ...violations] },
    result: { ...result, policy_violation: true },
  };
  if (policy.exit_code !== EXIT.accepted && policy.exit_code !== EXIT.gate) return more;
  return {
    policy: { ...more.policy, exit_code: EXIT.failed },
    result: { ...more.result, exit_code: EXIT.failed, status: "failed", accepted: false },
  };
}

/** The same run after a gate of the caller's said no. Pure. */
export function withUnmet({ policy, result }: Conclusion, unmet: readonly string[]): Conclusion {
  if (unmet.length === 0) return { policy, result };
  const messages = [...policy.messages, ...unmet.map((sentence) => `A gate said no. ${sentence}`)];
  if (policy.exit_code !== EXIT.accepted) return { policy: { ...policy, messages }, result };
  return {
    policy: { ...policy, messages, exit_code: EXIT.gate },
    result: { ...result, exit_code: EXIT.gate, status: "failed", accepted: false },
  };
}

function exitOf(end: RunEnd, violations: readonly Violation[]): ExitCode {
  if (end.kind === "dirty-overlap") return EXIT.refused;
  if (end.kind === "refused") return end.exit;
  if (end.kind === "interrupted-before-codex") return exitOfSignal(end.signal);
  if (end.kind === "unfinished") return EXIT.fault;
  const stoppedBy = end.kind === "ran" || end.kind === "unexamined" ? end.stoppedBy : undefined;
  const interrupted = stoppedBy === undefined ? [] : [exitOfSignal(stoppedBy)];
  return gravest([
    ...interrupted,
    ...violations.map(({ kind }) => SCOPE_KINDS.has(kind) ? EXIT.violation : EXIT.failed),
  ]);
}

function statusOf(end: RunEnd, violations: readonly Violation[]): RunStatus {
  if (end.kind === "dirty-overlap" || end.kind === "refused") return "refused";
  if (end.kind === "dry-run") return "dry-run";
  if (violations.some(({ kind }) => kind === "interrupted")) return "interrupted";
  if (violations.some(({ kind }) => SCOPE_KINDS.has(kind))) return "violation";
  if (violations.some(({ kind }) => kind === "answer-blocked")) return "blocked";
  return violations.length > 0 ? "failed" : "accepted";
}

function gitOf(end: RunEnd): Policy["git"] {
  if (end.kind === "unfinished" || end.kind === "refused") {
    return { head_before: null, head_after: null, moved_refs: [] };
  }
  if (end.kind === "unexamined") return { head_before: end.head, head_after: null, moved_refs: [] };
  if (end.kind !== "ran") return { head_before: end.head, head_after: end.head, moved_refs: [] };
  return end.judgement.git;
}

function messagesOf(end: RunEnd): string[] {
  if (end.kind === "dry-run") {
    return ["Dry run: Codex was not started. prompt.md is what it would have been given."];
  }
  if (end.kind !== "ran") return [];
  const { commandsLeftOut } = end.events;
  const more = commandsLeftOut === 0
    ? []
    : [`${commandsLeftOut} more commands are in events.jsonl and not in result.json.`];
  return [...end.judgement.messages, ...more];
}
