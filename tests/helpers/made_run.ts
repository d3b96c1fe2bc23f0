import type { Answer } from "../../lib/codex/answer.ts";
import type { Policy } from "../../lib/records/policy.ts";
import type { Result } from "../../lib/records/result.ts";

/** The least answer of somebody who is done, with other keys where they are given. */
export function madeAnswer(keys: Partial<Answer> = {}): Answer {
  return {
    result: "done",
    verdict: "none",
    summary: "",
    changed_files: [],
    verification_run: [],
    evidence: [],
    findings: [],
    risks: [],
    next: "",
    ...keys,
  };
}

/** policy.json of an accepted run of a worker, with other keys where they are given. */
export function madePolicy(keys: Partial<Policy> = {}): Policy {
  return {
    schema: 1,
    run_id: "r1",
    run_dir: "/r/.codex-dispatch/runs/r1",
    mode: "worker",
    workdir: "/r",
    repository: "/r",
    write_scope: ["src/"],
    options: {},
    policy_violation: false,
    scope_ok: true,
    exit_code: 0,
    codex_exit_code: 0,
    watchdog_killed: false,
    watchdog_reason: null,
    violations: [],
    out_of_scope_changes: [],
    dirty_overlap: [],
    changes: [],
    tolerated: [],
    waived: [],
    contradictions: [],
    git: { head_before: "a", head_after: "a", moved_refs: [] },
    supervision: "namespace",
    enforcement: "detected",
    patch_omits: [],
    messages: [],
    ...keys,
  };
}

/** result.json of the same run. */
export function madeResult(keys: Partial<Result> = {}): Result {
  return {
    schema: 1,
    run_id: "r1",
    mode: "worker",
    status: "accepted",
    exit_code: 0,
    codex_exit_code: 0,
    policy_violation: false,
    accepted: true,
    started_at: "2026-01-01T00:00:00.000Z",
    duration_ms: 1,
    usage: null,
    thread_id: null,
    codex_version: null,
    commands: [],
    answer: madeAnswer(),
    result: "done",
    ...keys,
  };
}
