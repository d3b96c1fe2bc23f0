import assert from "node:assert/strict";
import { madeAnswer } from "../../helpers/made_run.ts";
import { conclude, type RunFacts, withLost, withUnmet } from "../../../lib/dispatch/conclude.ts";
import type { RunEnd } from "../../../lib/dispatch/run_end.ts";
import type { Judgement } from "../../../lib/evidence/judge.ts";
import type { Violation } from "../../../lib/records/policy.ts";
import { PolicySchema } from "../../../lib/records/policy.ts";
import { ResultSchema } from "../../../lib/records/result.ts";

const FACTS: RunFacts = {
  runId: "20260101-000000000-worker-x-00000000",
  runDir: "/r/.codex-dispatch/runs/20260101-000000000-worker-x-00000000",
  mode: "worker",
  workdir: "/r",
  repository: "/r",
  writeScope: ["src/"],
  options: {},
  startedAt: new Date(0),
  waitedMs: 1_234,
  codexVersion: "0.169.0",
  supervision: "tree",
};

const ANSWER = madeAnswer();

const JUDGEMENT: Judgement = {
  violations: [],
  changes: [],
  outOfScope: [],
  tolerated: [],
  waived: [],
  git: { head_before: "a", head_after: "a", moved_refs: [] },
  messages: [],
};

type Ran = Extract<RunEnd, { kind: "ran" }>;

const GOOD: Ran = {
  kind: "ran",
  cause: { kind: "exited" },
  code: 0,
  signal: null,
  survivors: [],
  events: {
    threadId: "t",
    usage: { input_tokens: 1 },
    turnCompleted: true,
    failure: null,
    lastError: null,
    commands: [],
    commandsLeftOut: 0,
  },
  answer: { kind: "valid", answer: ANSWER },
  judgement: JUDGEMENT,
  contradictions: [],
  patchOmits: [],
  stoppedBy: undefined,
};

const OUT: Violation = { kind: "out-of-scope", path: "docs/x", detail: "changed" };
const SAID: Ran["answer"] = { kind: "valid", answer: { ...ANSWER, result: "blocked", summary: "no access" } };
const overstep: Partial<Ran> = {
  judgement: { ...JUDGEMENT, violations: [OUT], outOfScope: ["docs/x"] },
};
const watchdog: Partial<Ran> = {
  cause: { kind: "watchdog", reason: "too long" },
  code: null,
  signal: "SIGKILL",
};
const interrupted: Partial<Ran> = {
  cause: { kind: "interrupted", signal: "SIGTERM" },
  code: null,
  signal: "SIGTERM",
  stoppedBy: "SIGTERM",
};
const silent: Partial<Ran> = { events: { ...GOOD.events, turnCompleted: false } };

/** | how it ended | exit | status | violations | scope_ok | */
const TABLE: readonly (readonly [string, RunEnd, number, string, readonly string[], boolean])[] = [
  ["all is well", GOOD, 0, "accepted", [], true],
  [
    "partial",
    { ...GOOD, answer: { kind: "valid", answer: { ...ANSWER, result: "partial" } } },
    0,
    "accepted",
    [],
    true,
  ],
  ["the scope was overstepped", { ...GOOD, ...overstep }, 3, "violation", ["out-of-scope"], false],
  [
    "a process that could not be ended",
    { ...GOOD, survivors: [{ pid: 7, command: "sudo sleep 60" }] },
    3,
    "violation",
    ["survivor"],
    false,
  ],
  ["the watchdog ended it", { ...GOOD, ...watchdog }, 5, "failed", ["watchdog"], true],
  ["overstepped and watchdog", { ...GOOD, ...overstep, ...watchdog }, 3, "violation", [
    "out-of-scope",
    "watchdog",
  ], false],
  ["a status that is not 0", { ...GOOD, code: 1 }, 5, "failed", ["codex-failed"], true],
  ["a signal", { ...GOOD, code: null, signal: "SIGSEGV" }, 5, "failed", ["codex-failed"], true],
  ["no answer", { ...GOOD, answer: { kind: "missing", detail: "" } }, 5, "failed", ["answer-missing"], true],
  ["an answer that is none", { ...GOOD, answer: { kind: "invalid", detail: "" } }, 5, "failed", [
    "answer-invalid",
  ], true],
  ["no completed turn", { ...GOOD, ...silent }, 5, "failed", ["codex-failed"], true],
  ["blocked", { ...GOOD, answer: SAID }, 5, "blocked", ["answer-blocked"], true],
  ["blocked and overstepped", { ...GOOD, ...overstep, answer: SAID }, 3, "violation", [
    "out-of-scope",
    "answer-blocked",
  ], false],
  ["interrupted", { ...GOOD, ...interrupted }, 143, "interrupted", ["interrupted"], true],
  ["interrupted and overstepped", { ...GOOD, ...overstep, ...interrupted }, 143, "interrupted", [
    "out-of-scope",
    "interrupted",
  ], false],
  ["interrupted after Codex had ended", { ...GOOD, stoppedBy: "SIGINT" }, 130, "interrupted", [
    "interrupted",
  ], true],
  [
    "the watchdog ended it, and it was interrupted then",
    { ...GOOD, ...watchdog, stoppedBy: "SIGINT" },
    130,
    "interrupted",
    ["interrupted", "watchdog"],
    true,
  ],
  [
    "interrupted, and not looked at",
    { ...GOOD, kind: "unexamined", stoppedBy: "SIGINT", head: "a" },
    130,
    "interrupted",
    ["interrupted"],
    false,
  ],
  [
    "interrupted early",
    { kind: "interrupted-before-codex", signal: "SIGINT", head: null },
    130,
    "interrupted",
    ["interrupted"],
    true,
  ],
  [
    "dirty overlap",
    { kind: "dirty-overlap", paths: ["src/a"], head: null },
    2,
    "refused",
    ["dirty-overlap"],
    true,
  ],
  ["dry run", { kind: "dry-run", head: null }, 0, "dry-run", [], true],
  ["unfinished", { kind: "unfinished" }, 70, "interrupted", ["interrupted"], false],
];

Deno.test("a survivor is named with its process id and its command line", () => {
  const end = { ...GOOD, survivors: [{ pid: 7, command: "sudo\u001b sleep 60" }] };
  const { policy } = conclude(FACTS, end, 0);
  assert.match(policy.violations[0]?.detail ?? "", /^Process 7 could not be ended .*: sudo sleep 60$/);
});

for (const [what, end, exit, status, kinds, scopeOk] of TABLE) {
  Deno.test(`${what}: exit ${exit}, ${status}`, () => {
    const { policy, result } = conclude(FACTS, end, 12.4);
    assert.deepEqual(
      [
        policy.exit_code,
        result.exit_code,
        result.status,
        policy.violations.map(({ kind }) => kind),
        policy.scope_ok,
      ],
      [exit, exit, status, kinds, scopeOk],
    );
    assert.equal(policy.policy_violation, kinds.length > 0);
    assert.equal(result.policy_violation, policy.policy_violation);
    assert.equal(result.accepted, status === "accepted");
    assert.deepEqual([PolicySchema.parse(policy), ResultSchema.parse(result)], [policy, result]);
  });
}

Deno.test("the reason why Codex failed is what Codex said", () => {
  const end = { ...GOOD, code: 1, events: { ...GOOD.events, failure: "stream disconnected" } };
  assert.match(conclude(FACTS, end, 0).policy.violations[0]?.detail ?? "", /status 1.*stream disconnected/);
});

Deno.test("a gate that says no makes exit 4 of an accepted run, and never hides a graver status", () => {
  const gated = withUnmet(conclude(FACTS, GOOD, 0), ["no."]);
  assert.deepEqual([gated.policy.exit_code, gated.result.exit_code, gated.result.accepted], [4, 4, false]);
  assert.equal(gated.policy.policy_violation, false);
  const graver = withUnmet(conclude(FACTS, { ...GOOD, ...overstep }, 0), ["no."]);
  assert.deepEqual([graver.policy.exit_code, graver.result.status], [3, "violation"]);
  assert.match(graver.policy.messages[0] ?? "", /A gate said no/);
});

/** | how the run ended | exit before | exit with a record that is not whole | */
const INCOMPLETE: readonly (readonly [string, RunEnd, number, number])[] = [
  ["accepted", GOOD, 0, 5],
  ["with 1", { ...GOOD, code: 1 }, 5, 5],
  ["as a dry run", { kind: "dry-run", head: "a" }, 0, 5],
  ["refused", { kind: "dirty-overlap", paths: ["x"], head: "a" }, 2, 2],
  ["interrupted", { ...GOOD, stoppedBy: "SIGTERM", code: null }, 143, 143],
];

for (const [how, end, before, after] of INCOMPLETE) {
  Deno.test(`a run that ended ${how} and whose record is not whole has the status ${after}, and is not accepted`, () => {
    const conclusion = conclude(FACTS, end, 1_000);
    assert.equal(conclusion.policy.exit_code, before);
    assert.deepEqual(withLost(conclusion, []), conclusion);
    const { policy, result } = withLost(conclusion, ["changes.patch could not be written: No space left."]);
    assert.deepEqual([policy.exit_code, result.exit_code, result.accepted], [after, after, false]);
    assert.deepEqual([policy.policy_violation, result.policy_violation], [true, true]);
    assert.deepEqual(policy.violations.at(-1), {
      kind: "record-incomplete",
      detail: "changes.patch could not be written: No space left.",
    });
    assert.equal(policy.scope_ok, conclusion.policy.scope_ok);
    PolicySchema.parse(policy);
    ResultSchema.parse(result);
  });
}
