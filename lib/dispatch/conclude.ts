import type { Contradiction } from "./contradictions.ts";
import type { Judgement } from "../evidence/judge.ts";
import type { Supervision } from "../process/contain.ts";
import type { Survivor } from "../process/process_tree.ts";
import type { StopSignal } from "../process/run_watched.ts";
import type { Policy, Violation, ViolationKind } from "../records/policy.ts";
import type { Result, RunStatus } from "../records/result.ts";
import type { RunMode } from "../records/run_id.ts";
import type { WorkEnd } from "./run_codex.ts";
import { EXIT, type ExitCode, gravest } from "../base/exit_codes.ts";
import { oneLine } from "../base/text.ts";

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

/** How far a run came, and what was seen. */
export type RunEnd =
  | { readonly kind: "unfinished" }
  | { readonly kind: "dirty-overlap"; readonly paths: readonly string[]; readonly head: string | null }
  | { readonly kind: "refused"; readonly exit: ExitCode; readonly reasons: readonly string[] }
  | { readonly kind: "dry-run"; readonly head: string | null }
  | {
    readonly kind: "interrupted-before-codex";
    readonly signal: StopSignal;
    readonly head: string | null;
  }
  | Ran
  | Unexamined;

/** It ran, and was looked at. */
interface Ran extends Omit<WorkEnd, "stderr">, RunFindings {
  readonly kind: "ran";
  /** The signal that interrupted the run, at whatever point. */
  readonly stoppedBy: StopSignal | undefined;
}

/** It ran, and whoever interrupted it did not wait until it was looked at. */
interface Unexamined extends Omit<WorkEnd, "stderr"> {
  readonly kind: "unexamined";
  readonly stoppedBy: StopSignal;
  readonly head: string | null;
}

/** What was found after the end of Codex. */
export interface RunFindings {
  readonly judgement: Judgement;
  readonly contradictions: readonly Contradiction[];
  readonly patchOmits: readonly string[];
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

/** Kinds that say the tree, the repository or the records changed where they must not. */
const SCOPE_KINDS: ReadonlySet<ViolationKind> = new Set<ViolationKind>([
  "out-of-scope",
  "read-only",
  "protected",
  "git-state",
  "symlink-escape",
  "record-tampered",
  "survivor",
]);

function violationsOf(end: RunEnd): readonly Violation[] {
  switch (end.kind) {
    case "unfinished":
      return [{
        kind: "interrupted",
        detail: "The run has not ended, or codex-dispatch was killed before it could end it.",
      }];
    case "interrupted-before-codex":
      return [{ kind: "interrupted", detail: `Stopped by ${end.signal} before Codex was started.` }];
    case "dirty-overlap":
      return end.paths.map((path) => ({
        kind: "dirty-overlap",
        path,
        detail:
          `"${path}" lies in WRITE SCOPE and differs from HEAD or the index already. Commit or stash it, or ` +
          "accept that Codex's work mixes with it: --allow-dirty-overlap, or ALLOW DIRTY OVERLAP: true in the packet.",
      }));
    case "refused":
      return end.reasons.map((detail) => ({ kind: "refused", detail }));
    case "dry-run":
      return [];
    case "ran":
      return [...end.judgement.violations, ...end.survivors.map(survivorViolation), ...endViolations(end)];
    case "unexamined":
      return [...end.survivors.map(survivorViolation), ...endViolations(end)];
  }
}

function survivorViolation({ pid, command }: Survivor): Violation {
  const detail = `Process ${pid} could not be ended and may go on writing: ${oneLine(command, 200)}`;
  return { kind: "survivor", detail };
}

/** What is wrong with the end of Codex itself; of several causes, the first alone is named. */
function endViolations(end: Ran | Unexamined): Violation[] {
  const { stoppedBy, cause } = end;
  if (stoppedBy === undefined) return workViolations(end);
  const when = cause.kind === "interrupted" ? "" : " after its work had ended";
  const unseen = end.kind === "unexamined"
    ? " The work tree was not looked at again: what was changed is not known."
    : "";
  const interrupted: Violation = { kind: "interrupted", detail: `Stopped by ${stoppedBy}${when}.${unseen}` };
  return cause.kind === "watchdog" ? [interrupted, ...workViolations(end)] : [interrupted];
}

function workViolations({ cause, code, signal, events, answer }: Ran | Unexamined): Violation[] {
  if (cause.kind === "watchdog") {
    const who = answer ? "Codex was" : "The commands were";
    return [{ kind: "watchdog", detail: `${who} ended by the watchdog: ${cause.reason}.` }];
  }
  if (!answer) return [];
  const said = events.failure ?? events.lastError;
  const because = said === null ? "" : ` It said: ${said}`;
  if (code !== 0) {
    const how = signal === null ? `with status ${code}` : `by the signal ${signal}`;
    return [{ kind: "codex-failed", detail: `Codex ended ${how}.${because}` }];
  }
  if (answer.kind !== "valid") {
    const missing = answer.kind === "missing";
    return [{ kind: `answer-${answer.kind}`, detail: answer.detail + (missing ? because : "") }];
  }
  if (!events.turnCompleted) {
    return [{
      kind: "codex-failed",
      detail: `Codex ended without reporting that its turn was completed.${because}`,
    }];
  }
  if (answer.answer.result !== "blocked") return [];
  return [{
    kind: "answer-blocked",
    detail: `Codex says that it is blocked: ${answer.answer.summary || "no reason given"}`,
  }];
}

function exitOf(end: RunEnd, violations: readonly Violation[]): ExitCode {
  if (end.kind === "dirty-overlap") return EXIT.refused;
  if (end.kind === "refused") return end.exit;
  if (end.kind === "interrupted-before-codex") return signalExit(end.signal);
  if (end.kind === "unfinished") return EXIT.fault;
  const stoppedBy = end.kind === "ran" || end.kind === "unexamined" ? end.stoppedBy : undefined;
  const interrupted = stoppedBy === undefined ? [] : [signalExit(stoppedBy)];
  return gravest([
    ...interrupted,
    ...violations.map(({ kind }) => SCOPE_KINDS.has(kind) ? EXIT.violation : EXIT.failed),
  ]);
}

function signalExit(signal: StopSignal): ExitCode {
  return signal === "SIGINT" ? EXIT.sigint : EXIT.sigterm;
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
