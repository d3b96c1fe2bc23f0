import assert from "node:assert/strict";
import { renderResultText } from "../../../lib/records/result_text.ts";
import type { Policy } from "../../../lib/records/policy.ts";
import type { Result } from "../../../lib/records/result.ts";

const POLICY: Policy = {
  schema: 1,
  run_id: "id",
  run_dir: "/r/runs/id",
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
  changes: [{ path: "src/a`b", change: "modified", in_scope: true }],
  tolerated: [],
  waived: [],
  contradictions: [],
  git: { head_before: null, head_after: null, moved_refs: [] },
  supervision: "tree",
  enforcement: "detected",
  patch_omits: [],
  messages: [],
};

const RESULT: Result = {
  schema: 1,
  run_id: "id",
  mode: "worker",
  status: "accepted",
  exit_code: 0,
  codex_exit_code: 0,
  policy_violation: false,
  accepted: true,
  started_at: "2026-01-01T00:00:00.000Z",
  duration_ms: 61_000,
  usage: { input_tokens: 1000, output_tokens: 234 },
  thread_id: "t",
  codex_version: "0.169.0",
  commands: [{ command: "npm test", exit_code: 0 }],
  answer: {
    result: "done",
    verdict: "pass",
    summary: "Did it.",
    changed_files: ["src/a"],
    verification_run: [{ command: "npm test", exit_code: null, outcome: "passed" }],
    evidence: ["ok"],
    findings: [{ severity: "high", title: "T", body: "B", file: "f", line: 3, recommendation: "R" }],
    risks: ["r"],
    next: "n",
  },
  result: "done",
};

Deno.test("result.md begins with the three lines that scripts for 0.1.1 look for", () => {
  const text = renderResultText(POLICY, RESULT, "Do it");
  assert.ok(text.startsWith("RESULT: done\nMODE: worker\nPOLICY VIOLATION: False\n"));
  const bad = renderResultText({ ...POLICY, policy_violation: true }, {
    ...RESULT,
    answer: null,
    result: null,
    status: "failed",
  }, "Do it");
  assert.ok(bad.startsWith("RESULT: failed\nMODE: worker\nPOLICY VIOLATION: True\n"));
});

Deno.test("result.md names verdict, time, tokens, changes, checks, findings and where the artifacts lie", () => {
  const text = renderResultText(POLICY, RESULT, "Do it");
  for (
    const part of [
      "# Accepted",
      "> Do it",
      "exit 0 · verdict **pass** · 1 min 01 s · 1,234 tokens · 1 change · Codex 0.169.0",
      "- modified ``src/a`b``",
      "- `npm test`: exit unknown, passed",
      "- **high: T** (f:3)\n  B\n  Recommendation: R",
      "## Risks",
      "    /r/runs/id",
    ]
  ) assert.ok(text.includes(part), `${part} is missing in\n${text}`);
});

Deno.test("what has nothing to say has no heading, and a very long list is cut with a word", () => {
  const changes = Array.from(
    { length: 130 },
    (_, i) => ({ path: `f${i}`, change: "added" as const, in_scope: false }),
  );
  const text = renderResultText({ ...POLICY, changes }, { ...RESULT, answer: null }, "Do it");
  assert.ok(!text.includes("## Findings"));
  assert.match(text, /- and 30 more, in the JSON documents/);
});
