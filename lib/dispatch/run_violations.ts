import type { Survivor } from "../process/process_tree.ts";
import type { Violation } from "../records/policy.ts";
import { SCOPE_VIOLATION_KINDS, type ViolationKind } from "../records/violation_kinds.ts";
import { oneLine } from "../base/text.ts";
import type { Ran, RunEnd, Unexamined } from "./run_end.ts";

/** Why a run is not to be accepted. Pure. */
export function violationsOf(end: RunEnd): readonly Violation[] {
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

/** Kinds that make `scope_ok` false. */
export const SCOPE_KINDS: ReadonlySet<ViolationKind> = new Set(SCOPE_VIOLATION_KINDS);
