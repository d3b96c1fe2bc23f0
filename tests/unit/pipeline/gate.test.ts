import assert from "node:assert/strict";
import { madeAnswer, madePolicy, madeResult } from "../../helpers/made_run.ts";
import type { Answer } from "../../../lib/codex/answer.ts";
import type { Conclusion } from "../../../lib/dispatch/conclude.ts";
import {
  type AgentEvidence,
  type GateVerdict,
  judgeAgent,
  judgeCommands,
} from "../../../lib/pipeline/gate.ts";
import type { AgentGate } from "../../../lib/pipeline/pipeline.ts";
import type { Policy } from "../../../lib/records/policy.ts";
import type { Result } from "../../../lib/records/result.ts";

const ANSWER = madeAnswer({
  verdict: "pass",
  summary: "Done.",
  changed_files: ["src/a.ts"],
  evidence: ["npm test: 12 passed"],
});
const POLICY = madePolicy({ changes: [{ path: "src/a.ts", change: "modified", in_scope: true }] });
const RESULT = madeResult({ commands: [{ command: "npm test", exit_code: 0 }], answer: ANSWER });

const ANY: AgentGate = {
  result: undefined,
  verdict: undefined,
  failOn: undefined,
  evidence: false,
  change: false,
};
const WORKER: AgentGate = { ...ANY, result: ["done"], change: true };
const VERIFIER: AgentGate = { ...ANY, verdict: ["pass"], evidence: true };
const REVIEWER: AgentGate = { ...ANY, verdict: ["pass"], failOn: "high" };

interface Differs {
  readonly policy?: Partial<Policy>;
  readonly result?: Partial<Result>;
  readonly answer?: Partial<Answer> | null;
  readonly changedSinceStart?: readonly string[];
}

const finding = (severity: Answer["findings"][number]["severity"]): Answer["findings"][number] => ({
  severity,
  title: "Leak",
  body: "",
  file: "src/a.ts",
  line: 7,
  recommendation: "",
});

const unchanged = [{
  kind: "claimed-file-unchanged",
  detail: 'Codex says that it changed "src/b.ts"; nothing …',
}];

/** The gate, what differs from a good run, what it says, and what the first reason names. */
const TABLE: readonly [string, AgentGate, Differs, GateVerdict["status"], RegExp?][] = [
  ["a good run", WORKER, {}, "passed"],
  ["a good verifier", VERIFIER, {}, "passed"],
  ["a good review", REVIEWER, {}, "passed"],
  // The run itself.
  ["a violation", ANY, violation("out-of-scope", false), "violated", /out-of-scope/],
  [
    "a violation without a list of them",
    ANY,
    { policy: { scope_ok: false, policy_violation: true } },
    "violated",
    /accepted run/,
  ],
  ["scope_ok false alone", ANY, { policy: { scope_ok: false } }, "violated"],
  ["policy_violation alone", ANY, { policy: { policy_violation: true } }, "failed"],
  ["policy_violation in the result alone", ANY, { result: { policy_violation: true } }, "failed"],
  ["accepted false alone", ANY, { result: { accepted: false } }, "failed"],
  ["another status than accepted", ANY, { result: { status: "failed" } }, "failed", /accepted run/],
  ["a status that is none", ANY, { result: { status: "great" as "accepted" } }, "failed"],
  ["an exit status", ANY, { policy: { exit_code: 5 } }, "failed"],
  ["documents of two runs", ANY, { result: { run_id: "r2" } }, "failed"],
  [
    "the watchdog",
    ANY,
    { ...violation("watchdog", true), result: { accepted: false, status: "failed" } },
    "failed",
    /watchdog/,
  ],
  ["a missing answer", ANY, { answer: null }, "failed", /valid answer/],
  // Result.
  ["a worker that is partly done", WORKER, { answer: { result: "partial" } }, "failed", /result is "done"/],
  [
    "partial where it passes",
    { ...WORKER, result: ["done", "partial"] },
    { answer: { result: "partial" } },
    "passed",
  ],
  ["a worker that changed nothing", WORKER, { policy: { changes: [] } }, "failed", /changed something/],
  ["a worker with no verdict", WORKER, { answer: { verdict: "none" } }, "passed"],
  // Verdict and evidence.
  ["a verifier that refutes", VERIFIER, { answer: { verdict: "fail" } }, "failed", /verdict is "pass"/],
  ["a verifier that could not tell", VERIFIER, { answer: { verdict: "inconclusive" } }, "failed", /verdict/],
  ["a verifier without a verdict", VERIFIER, { answer: { verdict: "none" } }, "failed", /verdict/],
  ["a pass without a command", VERIFIER, { result: { commands: [] } }, "failed", /command/],
  [
    "a pass with a command that never ended",
    VERIFIER,
    { result: { commands: [{ command: "x", exit_code: null }] } },
    "failed",
    /command/,
  ],
  [
    "a pass with a command that failed",
    VERIFIER,
    { result: { commands: [{ command: "x", exit_code: 1 }] } },
    "passed",
  ],
  ["a pass without evidence", VERIFIER, { answer: { evidence: [] } }, "failed", /evidence/],
  ["a pass with blank evidence", VERIFIER, { answer: { evidence: [" ", ""] } }, "failed", /evidence/],
  ["evidence: false", { ...VERIFIER, evidence: false }, {
    answer: { evidence: [] },
    result: { commands: [] },
  }, "passed"],
  // Findings.
  ["a high finding", REVIEWER, { answer: { findings: [finding("high")] } }, "failed", /no finding of "high"/],
  ["a critical finding", REVIEWER, { answer: { findings: [finding("critical")] } }, "failed"],
  ["a medium finding", REVIEWER, { answer: { findings: [finding("medium")] } }, "passed"],
  ["a low finding where low fails", { ...REVIEWER, failOn: "low" }, {
    answer: { findings: [finding("low")] },
  }, "failed"],
  ["an info finding where low fails", { ...REVIEWER, failOn: "low" }, {
    answer: { findings: [finding("info")] },
  }, "passed"],
  ["a pass verdict beside a high finding", REVIEWER, {
    answer: { verdict: "pass", findings: [finding("high")] },
  }, "failed"],
  // Contradictions.
  [
    "a claimed file that never changed",
    ANY,
    { policy: { contradictions: unchanged }, answer: { changed_files: ["src/b.ts"] } },
    "failed",
    /claimed-file-unchanged/,
  ],
  [
    "a claimed file that an earlier round changed",
    ANY,
    {
      policy: { contradictions: unchanged },
      answer: { changed_files: ["src/b.ts"] },
      changedSinceStart: ["src/b.ts"],
    },
    "passed",
  ],
  [
    "of two claimed files one that never changed",
    ANY,
    {
      policy: { contradictions: unchanged },
      answer: { changed_files: ["src/a.ts", "src/b.ts"] },
      changedSinceStart: ["src/a.ts"],
    },
    "failed",
  ],
  ["a check claimed to pass that failed", ANY, {
    policy: { contradictions: [{ kind: "claimed-success-failed", detail: "" }] },
  }, "failed"],
  ["a change that nobody claims", ANY, {
    policy: { contradictions: [{ kind: "unclaimed-change", detail: "" }] },
  }, "passed"],
  ["a command that was not seen", ANY, {
    policy: { contradictions: [{ kind: "claimed-command-unseen", detail: "" }] },
  }, "passed"],
];

for (const [name, gate, differs, status, reason] of TABLE) {
  Deno.test(`the gate says ${status} of ${name}`, () => {
    const verdict = judgeAgent(gate, evidence(differs));
    assert.equal(verdict.status, status);
    assert.equal(verdict.reasons.length > 0, status !== "passed");
    if (reason) {
      assert.match(
        verdict.reasons.map(({ condition, found }) => `${condition}: ${found}`).join("\n"),
        reason,
      );
    }
  });
}

Deno.test("a run of which there is nothing is no run that passed", () => {
  assert.equal(judgeAgent(ANY, { conclusion: undefined, changedSinceStart: [] }).status, "failed");
  assert.equal(judgeCommands(undefined).status, "failed");
});

Deno.test("every condition that is not met is told, not only the first", () => {
  const { reasons } = judgeAgent(
    VERIFIER,
    evidence({ answer: { verdict: "fail", evidence: [] }, result: { commands: [] } }),
  );
  assert.equal(reasons.length, 3);
});

Deno.test("commands that codex-dispatch ran need no answer, and pass only as an accepted run", () => {
  const { conclusion } = evidence({ answer: null });
  assert.equal(judgeCommands(conclusion).status, "passed");
  const unmet = evidence({
    answer: null,
    policy: { exit_code: 4, messages: ['A gate said no. "npm test" ended with 1; expect: pass.'] },
    result: { status: "failed", accepted: false },
  });
  assert.deepEqual(judgeCommands(unmet.conclusion), {
    status: "failed",
    reasons: [{
      condition: "an accepted run",
      found: 'A gate said no. "npm test" ended with 1; expect: pass.',
    }],
  });
  assert.equal(
    judgeCommands(evidence({ answer: null, ...violation("read-only", false) }).conclusion).status,
    "violated",
  );
});

function violation(kind: "out-of-scope" | "read-only" | "watchdog", scopeOk: boolean): Differs {
  return {
    policy: { policy_violation: true, scope_ok: scopeOk, violations: [{ kind, detail: "What was found." }] },
  };
}

function evidence({ policy, result, answer, changedSinceStart = [] }: Differs): AgentEvidence {
  const given = answer === null ? null : { ...ANSWER, ...answer };
  const conclusion: Conclusion = {
    policy: { ...POLICY, ...policy },
    result: { ...RESULT, answer: given, ...result },
  };
  return { conclusion, changedSinceStart };
}
