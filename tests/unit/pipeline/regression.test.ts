import assert from "node:assert/strict";
import { madeResult } from "../../helpers/made_run.ts";
import { regressionOf } from "../../../lib/pipeline/regression.ts";
import type { Stage } from "../../../lib/pipeline/pipeline.ts";
import type { Attempt } from "../../../lib/pipeline/state.ts";
import { agent, approve, attemptOf, run } from "./made_pipeline.ts";

/** A round of a stage: its status, and its commands with their exit status. */
type Round = readonly [Attempt["status"], Readonly<Record<string, number | null>>?];

/** The stage, its rounds, and what passed before and fails now. */
const ROUNDS: readonly [string, Stage, Round[], string | undefined][] = [
  ["a first failure", run("s"), [["failed", { lint: 1 }]], undefined],
  [
    "the same command that failed before",
    run("s"),
    [["failed", { lint: 1 }], ["failed", { lint: 1 }]],
    undefined,
  ],
  [
    "another command, after one that passed then and now",
    run("s"),
    [["failed", { lint: 0, test: 1 }], ["failed", { lint: 0, test: 1 }]],
    undefined,
  ],
  [
    "a command that passed before",
    run("s"),
    [["failed", { lint: 0, test: 1 }], ["failed", { lint: 1 }]],
    '"lint"',
  ],
  ["one that passed two rounds ago", run("s"), [["passed", { lint: 0 }], ["failed", { test: 1 }], ["failed", {
    lint: 2,
  }]], '"lint"'],
  ["one that passed before and cannot be run now", run("s"), [["passed", { lint: 0 }], ["failed", {
    lint: 127,
  }]], '"lint"'],
  ["one that passed before and was killed now", run("s"), [["passed", { lint: 0 }], ["failed", {
    lint: null,
  }]], '"lint"'],
  [
    "one that could not be run before",
    run("s"),
    [["failed", { lint: 126 }], ["failed", { lint: 1 }]],
    undefined,
  ],
  [
    "a test that is to fail, and passed when it was to fail before",
    run("s", { expect: "fail" }),
    [["passed", { test: 1 }], ["failed", { test: 0 }]],
    undefined,
  ],
  ["what a verifier proved before", agent("s", "verifier"), [["passed"], ["failed"]], 'The stage "s"'],
  ["what a verifier never proved", agent("s", "verifier"), [["failed"], ["failed"]], undefined],
  ["a reviewer's mind", agent("s", "reviewer"), [["passed"], ["failed"]], undefined],
  ["a person's mind", approve("s"), [["passed"], ["failed"]], undefined],
];

for (const [what, stage, rounds, expected] of ROUNDS) {
  Deno.test(`${what} is ${expected === undefined ? "no regression" : "a regression"}`, () => {
    const attempts = rounds.map(([status, commands = {}], at) => roundOf("s", at + 1, status, commands));
    // What other stages ran is none of it.
    const others = attempts.map(({ round }) => roundOf("other", round, "passed", { lint: 0, test: 0 }));
    const last = attempts.at(-1);
    assert.ok(last);
    assert.equal(regressionOf(last, [...others, ...attempts], stage), expected);
  });
}

Deno.test("a round that was run again is no earlier round", () => {
  const passed = roundOf("s", 2, "passed", { lint: 0 });
  const failed = roundOf("s", 2, "failed", { lint: 1 });
  assert.equal(regressionOf(failed, [passed, failed], run("s")), undefined);
});

function roundOf(
  stage: string,
  round: number,
  status: Attempt["status"],
  commands: Readonly<Record<string, number | null>>,
): Attempt {
  const seen = Object.entries(commands).map(([command, exit_code]) => ({ command, exit_code }));
  return attemptOf(stage, { round, status, result: madeResult({ commands: seen }) });
}
