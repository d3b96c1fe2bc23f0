import assert from "node:assert/strict";
import { budgetObjection, spentOf, tooDear } from "../../../lib/pipeline/budget.ts";
import type { Attempt } from "../../../lib/pipeline/state.ts";
import { attemptOf } from "./made_pipeline.ts";

const attempt = (stage: string, tokens: number | null, status: Attempt["status"] = "passed"): Attempt =>
  attemptOf(stage, { status, duration_ms: 1_000, tokens });

/** Attempts, and the tokens that they come to. */
const SUMS: readonly [string, Attempt[], number | null][] = [
  ["nothing", [], 0],
  ["known usage", [attempt("a", 10), attempt("b", 5)], 15],
  ["usage that one did not tell", [attempt("a", 10), attempt("b", null)], null],
  ["an interrupted run counts like the one in its place", [
    attempt("a", null, "interrupted"),
    attempt("a", 10),
  ], 20],
  ["an interrupted run that told counts as told", [attempt("a", 3, "interrupted"), attempt("a", 10)], 13],
  ["two interrupted runs", [
    attempt("a", null, "interrupted"),
    attempt("a", null, "interrupted"),
    attempt("a", 10),
  ], 30],
  ["one whose place was taken by one that did not tell", [
    attempt("a", null, "interrupted"),
    attempt("a", null),
  ], null],
  ["a run that the network ended, and an interrupted one, count like the one in their place", [
    attempt("a", null, "repeated"),
    attempt("a", null, "interrupted"),
    attempt("a", 10),
  ], 30],
  ["a run that the network ended and that is still to be repeated", [attempt("a", null, "repeated")], 0],
  ["an interrupted run that nothing took the place of yet", [
    attempt("b", 5),
    attempt("a", null, "interrupted"),
  ], 5],
];

for (const [name, attempts, tokens] of SUMS) {
  Deno.test(`tokens of ${name}: ${tokens ?? "unknown"}`, () => {
    assert.equal(spentOf(attempts, 0).tokens, tokens);
  });
}

/** Budget, what is spent, and the objection. */
const OBJECTIONS: readonly [Parameters<typeof budgetObjection>, RegExp | undefined][] = [
  [[{ time: null, tokens: null }, { time: 1e9, tokens: null }], undefined],
  [[{ time: 1_000, tokens: null }, { time: 999, tokens: null }], undefined],
  [[{ time: 1_000, tokens: null }, { time: 1_000, tokens: 0 }], /time of the budget, 1 s, is used up/],
  [[{ time: null, tokens: 100 }, { time: 0, tokens: 99 }], undefined],
  [[{ time: null, tokens: 100 }, { time: 0, tokens: 100 }], /tokens of the budget, 100, are used up \(100\)/],
  [[{ time: null, tokens: 100 }, { time: 0, tokens: null }], /cannot be told/],
];

for (const [[budget, spent], objection] of OBJECTIONS) {
  Deno.test(`a budget of ${JSON.stringify(budget)} with ${JSON.stringify(spent)} spent: ${objection ?? "goes on"}`, () => {
    const said = budgetObjection(budget, spent);
    if (objection) assert.match(said ?? "", objection);
    else assert.equal(said, undefined);
  });
}

Deno.test("a round is too dear when less is left than the last one took", () => {
  const round = [attempt("a", 40), attempt("b", 20)];
  assert.equal(tooDear({ time: null, tokens: 200 }, { time: 0, tokens: 140 }, round), undefined);
  assert.match(
    tooDear({ time: null, tokens: 200 }, { time: 0, tokens: 141 }, round) ?? "",
    /60 tokens; 59 of/,
  );
  assert.equal(tooDear({ time: 10_000, tokens: null }, { time: 8_000, tokens: null }, round), undefined);
  assert.match(
    tooDear({ time: 10_000, tokens: null }, { time: 8_001, tokens: null }, round) ?? "",
    /took 2 s/,
  );
});
