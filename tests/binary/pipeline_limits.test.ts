import assert from "node:assert/strict";
import {
  makePipelineCase,
  PASS,
  pipelineText,
  type RoleScript,
  runPipelineFile,
} from "../helpers/pipeline_case.ts";

/** A worker and a reviewer who sends back, under a budget. */
const pipeline = (budget: string): string =>
  pipelineText(
    `  - id: implement
    mode: worker
    objective: Write a line.
    write_scope: [src/]
  - id: review
    mode: reviewer
    objective: Review it.
    on_fail: { return_to: implement, at_most: 5 }
`,
    `budget: ${budget}\n`,
  );

const WRITES: RoleScript = { action: "date +%N >>src/one.txt" };

/** A finding that no earlier round had. */
const finds = (title: string): RoleScript => ({
  answer: {
    verdict: "fail",
    findings: [{ severity: "high", title, body: "", file: null, line: null, recommendation: "" }],
  },
});

/** Budget, what the worker and the reviewer do, what becomes of them, how often the worker is asked, and the words. */
const BUDGETS: readonly [
  string,
  string,
  { worker: RoleScript[]; reviewer: RoleScript[] },
  [string, string],
  number,
  RegExp,
][] = [
  [
    "tokens that the first stage used up stop before the second",
    "{ tokens: 100 }",
    { worker: [{ ...WRITES, tokens: 100 }], reviewer: [PASS] },
    ["passed", "skipped"],
    1,
    /The tokens of the budget, 100, are used up \(100\)/,
  ],
  [
    "a run that does not say what it used stops before the next",
    "{ tokens: 100 }",
    { worker: [{ ...WRITES, tokens: null }], reviewer: [PASS] },
    ["passed", "skipped"],
    1,
    /did not say how many tokens it used/,
  ],
  [
    "tokens that pay for no other round stop the loop",
    "{ tokens: 250 }",
    {
      worker: [{ ...WRITES, tokens: 60 }],
      reviewer: [{ ...finds("First"), tokens: 60 }, { ...finds("Second"), tokens: 60 }],
    },
    ["passed", "failed"],
    2,
    /The last round used 120 tokens; 10 of the budget are left/,
  ],
  [
    "time that is used up ends the stage that runs",
    "{ time: 3s }",
    { worker: [{ action: "echo x >>src/one.txt; sleep 60" }], reviewer: [PASS] },
    ["failed", "skipped"],
    1,
    /on_fail is stop/,
  ],
];

for (const [what, budget, scripts, [implement, review], asked, words] of BUDGETS) {
  Deno.test(`of a budget, ${what}`, async () => {
    await using given = await makePipelineCase(scripts);
    const run = await runPipelineFile(given, pipeline(budget));
    assert.equal(run.code, 4, run.stderr);
    assert.deepEqual(run.statuses, { implement, review });
    assert.match(run.summary.stopped_by?.why ?? "", words);
    assert.equal((await given.prompts("worker")).length, asked);
    if (!budget.includes("time")) return;
    // Whichever limit is less: the stage's own is half an hour.
    assert.deepEqual(run.summary.stopped_by?.reasons.map(({ condition }) => condition), [
      "an end within the time of the budget",
      "a run that succeeds (watchdog)",
    ]);
    assert.ok(run.summary.duration_ms < 30_000);
  });
}
