import assert from "node:assert/strict";
import { renderFeedback, sentBackTo } from "../../../lib/pipeline/feedback.ts";
import type { Attempt } from "../../../lib/pipeline/state.ts";
import { agent, approve, attemptOf, freshState, pipelineOf, run } from "./made_pipeline.ts";

const to = (id: string) => ({ kind: "return", to: id, atMost: 3 }) as const;

/** design → implement → checks (back to implement), review and ask (back to design). */
const PIPELINE = pipelineOf([
  agent("design", "worker"),
  agent("implement", "worker", { needs: ["design"] }),
  run("checks", { needs: ["implement"], onFail: to("implement") }),
  agent("review", "reviewer", { needs: ["design"], onFail: to("design") }),
  approve("ask", { needs: ["checks"], onFail: to("design") }),
  agent("last", "reviewer", { needs: ["ask"] }),
]);

/** Attempts as `stage round status`, the round of a stage, and who sent back to it. */
const CASES: readonly [string, string[], [string, number], string[]][] = [
  ["nothing in the first round", ["design 1 passed"], ["design", 1], []],
  ["the check of the round before", ["implement 1 passed", "checks 1 failed"], ["implement", 2], [
    "checks 1",
  ]],
  [
    "nothing to a stage that only begins anew with the one above it",
    ["design 1 passed", "implement 1 passed", "checks 1 passed", "ask 1 failed"],
    ["implement", 2],
    [],
  ],
  ["what a person said", ["design 1 passed", "checks 1 passed", "ask 1 failed"], ["design", 2], ["ask 1"]],
  [
    "both that failed side by side",
    ["design 1 passed", "review 1 failed", "ask 1 failed"],
    ["design", 2],
    ["review 1", "ask 1"],
  ],
  [
    "one that is rounds behind, as others went round without it",
    [
      "design 1 passed",
      "implement 1 passed",
      "checks 1 failed",
      "implement 2 passed",
      "checks 2 passed",
      "review 1 failed",
    ],
    ["design", 3],
    ["review 1"],
  ],
  [
    "not what an earlier round mended",
    ["implement 1 passed", "checks 1 failed", "implement 2 passed", "checks 2 passed", "review 2 failed"],
    ["implement", 3],
    [],
  ],
  [
    "once what failed twice in a round that was resumed",
    ["implement 1 passed", "checks 1 failed", "checks 1 failed"],
    ["implement", 2],
    ["checks 1"],
  ],
  [
    "not what passed when it was run again in its round",
    ["design 1 passed", "review 1 failed", "review 1 passed", "ask 1 failed"],
    ["design", 2],
    ["ask 1"],
  ],
  [
    "the same to a worker that was interrupted, or repeated, in its second round",
    ["implement 1 passed", "checks 1 failed", "implement 2 interrupted", "implement 2 repeated"],
    ["implement", 2],
    ["checks 1"],
  ],
  ["nothing of a stage that stops", ["design 1 passed", "last 1 failed"], ["design", 2], []],
];

for (const [what, attempts, [stage, round], expected] of CASES) {
  Deno.test(`a stage is told ${what}`, () => {
    const { stages, ...state } = freshState(PIPELINE);
    const sent = sentBackTo(stage, PIPELINE, {
      ...state,
      stages: stages.map((each) => each.id === stage ? { ...each, round } : each),
      attempts: attempts.map(attemptIn),
    });
    assert.deepEqual(sent.map((each) => `${each.stage} ${each.round}`), expected);
  });
}

Deno.test("what sent back is headed by the round that begins", () => {
  const [text] = renderFeedback([attemptIn("review 1 failed")], 3);
  assert.match(text?.title ?? "", /^Round 3\. The stage "review" sent your work back/);
  assert.match(text?.text ?? "", /It did not say why\./);
});

function attemptIn(text: string): Attempt {
  const [stage = "", round, status] = text.split(" ");
  return attemptOf(stage, { round: Number(round), status: status as Attempt["status"] });
}
