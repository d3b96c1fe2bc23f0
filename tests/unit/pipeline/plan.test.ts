import assert from "node:assert/strict";
import { nextSteps, type StageProgress, stagesFrom, type StageStatus } from "../../../lib/pipeline/plan.ts";
import type { Pipeline, Stage } from "../../../lib/pipeline/pipeline.ts";

/** implement → checks (clean) → three reviewers side by side → merge; tidy: a shared command beside the reviewers. */
const STAGES: readonly [id: string, kind: "worker" | "reviewer" | "clean" | "shared", needs: string[]][] = [
  ["implement", "worker", []],
  ["checks", "clean", ["implement"]],
  ["one", "reviewer", ["checks"]],
  ["two", "reviewer", ["checks"]],
  ["three", "reviewer", ["checks"]],
  ["tidy", "shared", ["checks"]],
  ["merge", "worker", ["one", "two", "three"]],
];

// Planning looks at these keys alone.
const PIPELINE = {
  stages: STAGES.map(([id, kind, needs]) =>
    kind === "worker" || kind === "reviewer"
      ? { id, kind: "agent", mode: kind, needs }
      : { id, kind: "run", checkout: kind, needs }
  ),
} as unknown as Pipeline;

/** Statuses that are not `pending`, how many may run at once, what starts, and what is skipped. */
const STEPS: readonly [Record<string, StageStatus | "continued">, number, string[], string[]][] = [
  [{}, 4, ["implement"], []],
  [{ implement: "running" }, 4, [], []],
  [{ implement: "passed" }, 4, ["checks"], []],
  [{ implement: "failed" }, 4, [], []],
  [{ implement: "continued" }, 4, ["checks"], []],
  [{ implement: "skipped" }, 4, [], ["checks"]],
  [{ implement: "passed", checks: "passed" }, 4, ["one", "two", "three"], []],
  [{ implement: "passed", checks: "passed" }, 2, ["one", "two"], []],
  [{ implement: "passed", checks: "passed" }, 1, ["one"], []],
  [{ implement: "passed", checks: "passed", one: "running" }, 2, ["two"], []],
  [{ implement: "passed", checks: "passed", one: "passed", two: "passed", three: "passed" }, 4, ["tidy"], []],
  [
    { implement: "passed", checks: "passed", one: "passed", two: "passed", three: "passed", tidy: "running" },
    4,
    [],
    [],
  ],
  [
    { implement: "passed", checks: "passed", one: "passed", two: "passed", three: "passed", tidy: "passed" },
    4,
    ["merge"],
    [],
  ],
  [
    { implement: "passed", checks: "passed", one: "skipped", two: "passed", three: "passed", tidy: "passed" },
    4,
    [],
    ["merge"],
  ],
  [{ implement: "passed", checks: "waiting" }, 4, [], []],
];

for (const [given, jobs, start, skip] of STEPS) {
  Deno.test(`with ${JSON.stringify(given)} and ${jobs} jobs [${start}] start and [${skip}] are skipped`, () => {
    const progress = new Map<string, StageProgress>(
      Object.entries(given).map(([id, status]) => [
        id,
        status === "continued" ? { status: "failed", continued: true } : { status, continued: false },
      ]),
    );
    const steps = nextSteps(PIPELINE, progress, jobs);
    assert.deepEqual(idsOf(steps.start), start);
    assert.deepEqual(steps.skip.map(({ stage }) => stage.id), skip);
  });
}

Deno.test("going back to a stage begins anew whatever needs it, by any way", () => {
  assert.deepEqual(stagesFrom(PIPELINE, "checks"), ["checks", "one", "two", "three", "tidy", "merge"]);
  assert.deepEqual(stagesFrom(PIPELINE, "two"), ["two", "merge"]);
});

function idsOf(stages: readonly Stage[]): string[] {
  return stages.map(({ id }) => id);
}
