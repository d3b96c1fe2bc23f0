import type { Conclusion } from "../dispatch/conclude.ts";

/** Whether a run failed for the network or the capacity of the service alone, so that the same run may well succeed later. Pure. */
export function isTransient({ policy, result }: Conclusion): boolean {
  const failures = policy.violations;
  return result.status === "failed" && policy.scope_ok && failures.length > 0 &&
    failures.every(({ kind, detail }) => kind === "codex-failed" && TRANSIENT.test(detail));
}

/** What Codex says of such failures. Source: the failures of Codex CLI 0.169.0 and the statuses of HTTP. */
const TRANSIENT =
  /stream disconnected|reconnecting|connection (?:refused|reset|closed)|network|timed? ?out|temporarily|overloaded|at capacity|too many requests|unexpected status (?:408|409|425|429|5\d\d)|\b(?:429|500|502|503|504|529)\b/i;
