import assert from "node:assert/strict";
import { type AfterFailure, afterFailure, type LoopSoFar } from "../../../lib/pipeline/loop.ts";
import type { Failure } from "../../../lib/pipeline/failure.ts";
import type { Finding } from "../../../lib/pipeline/finding.ts";

const LEAK: Finding = {
  severity: "high",
  title: "The file handle leaks when parsing fails",
  body: "parse() throws before close() is reached, so the handle stays open.",
  file: "src/parse.ts",
  line: 10,
  recommendation: "Close it in a finally block.",
};
const LEAK_REWORDED: Finding = {
  ...LEAK,
  severity: "critical",
  title: "When parsing fails the file handle leaks",
  body: "The handle is never closed if parse() throws.",
  line: 42,
};
const OVERFLOW: Finding = {
  severity: "high",
  title: "Length is not checked before the buffer is filled",
  body: "A header of more than 4 KiB writes past the end.",
  file: "src/buffer.ts",
  line: 3,
  recommendation: "Check it.",
};

const findings = (...list: Finding[]): Failure => ({ kind: "findings", findings: list });
const check = (output: string, command = "npm test"): Failure => ({
  kind: "check",
  command,
  exit: 1,
  output,
});

const RETURN = { kind: "return", to: "implement", atMost: 3 } as const;
const FIRST: LoopSoFar = {
  failure: findings(LEAK),
  earlier: [],
  returns: 0,
  regression: undefined,
  tooDear: undefined,
};

const back: AfterFailure = { kind: "return", to: "implement" };

/** What differs from a first failure, and what follows. */
const DECISIONS: readonly [string, Partial<LoopSoFar>, AfterFailure | RegExp][] = [
  ["the first failure goes back", {}, back],
  ["other findings than before go back", { earlier: [findings(OVERFLOW)], returns: 1 }, back],
  ["one of two findings mended goes back", { earlier: [findings(OVERFLOW, LEAK)], returns: 1 }, back],
  [
    "the same finding, reworded and moved, stops",
    { earlier: [findings(LEAK_REWORDED)], returns: 1 },
    /same came back/,
  ],
  [
    "the same finding and a new one stop",
    { failure: findings(OVERFLOW, LEAK), earlier: [findings(LEAK_REWORDED)], returns: 1 },
    /same came back/,
  ],
  [
    "a finding that had been mended and comes back stops",
    { earlier: [findings(LEAK_REWORDED), findings(OVERFLOW)], returns: 2 },
    /in a circle/,
  ],
  ["the last return is used up", { returns: 3 }, /3 times, at_most 3/],
  [
    "a check that passed before and fails now stops",
    { regression: '"npm test"' },
    /"npm test" passed in an earlier/,
  ],
  ["a budget that cannot pay stops", { tooDear: "1,000 tokens are left." }, /1,000 tokens are left/],
  [
    "the same output but for times stops",
    {
      failure: check("1 failed in 3.21s at 12:30:05"),
      earlier: [check("1 failed in 12.02s at 09:01:44")],
      returns: 1,
    },
    /same came back/,
  ],
  [
    "another output goes back",
    { failure: check("2 failed"), earlier: [check("3 failed")], returns: 1 },
    back,
  ],
  ["another command goes back", { failure: check("x", "make"), earlier: [check("x")], returns: 1 }, back],
];

for (const [name, differs, follows] of DECISIONS) {
  Deno.test(`return_to: ${name}`, () => {
    const decision = afterFailure(RETURN, { ...FIRST, ...differs });
    if (follows instanceof RegExp) {
      assert.equal(decision.kind, "stop");
      assert.match(decision.kind === "stop" ? decision.why : "", follows);
    } else assert.deepEqual(decision, follows);
  });
}

Deno.test("stop stops and continue goes on, whatever was before", () => {
  assert.equal(afterFailure({ kind: "stop" }, FIRST).kind, "stop");
  assert.equal(afterFailure({ kind: "continue" }, { ...FIRST, returns: 9 }).kind, "continue");
});
