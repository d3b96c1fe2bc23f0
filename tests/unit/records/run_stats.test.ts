import assert from "node:assert/strict";
import { type CountedRun, percentile, runStats } from "../../../lib/records/run_stats.ts";

const RUN: CountedRun = {
  status: "accepted",
  mode: "worker",
  verdict: "none",
  review: null,
  durationMs: 1000,
  usage: { input_tokens: 10, output_tokens: 1 },
};

Deno.test("without a run there is nothing to count, and no time", () => {
  assert.deepEqual(runStats([]), {
    runs: 0,
    by_status: {},
    by_mode: {},
    by_verdict: {},
    by_review: {},
    durations: null,
    durations_by_mode: {},
    tokens: { runs: 0 },
  });
});

Deno.test("runs are counted, those that came to no end have no time, and tokens are added up", () => {
  const stats = runStats([
    RUN,
    { ...RUN, durationMs: 3000, verdict: "pass", review: "reject" },
    { ...RUN, status: "running", durationMs: null, usage: null, verdict: null },
    { ...RUN, status: "violation", mode: "reviewer", durationMs: 500, usage: { input_tokens: 5 } },
    { ...RUN, status: "unreadable", mode: null, durationMs: null, usage: null, verdict: null },
  ]);
  assert.deepEqual(stats.by_status, { accepted: 2, running: 1, unreadable: 1, violation: 1 });
  assert.deepEqual(Object.keys(stats.by_status)[0], "accepted");
  assert.deepEqual(stats.by_mode, { worker: 3, reviewer: 1, unknown: 1 });
  assert.deepEqual(stats.by_verdict, { none: 4, pass: 1 });
  assert.deepEqual(stats.by_review, { none: 4, reject: 1 });
  assert.deepEqual(stats.durations, { runs: 3, median_ms: 1000, p90_ms: 3000, total_ms: 4500 });
  assert.deepEqual(stats.durations_by_mode, {
    worker: { runs: 2, median_ms: 1000, p90_ms: 3000, total_ms: 4000 },
    reviewer: { runs: 1, median_ms: 500, p90_ms: 500, total_ms: 500 },
  });
  assert.deepEqual(stats.tokens, { runs: 3, input_tokens: 25, output_tokens: 2 });
});

/** | values | share | nearest rank | */
const RANKS: readonly (readonly [readonly number[], number, number])[] = [
  [[7], 0.5, 7],
  [[7], 0.9, 7],
  [[1, 2], 0.5, 1],
  [[1, 2, 3], 0.5, 2],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0.9, 10],
];

for (const [values, share, rank] of RANKS) {
  Deno.test(`of ${values.join(", ")} the value at ${share} is ${rank}`, () => {
    assert.equal(percentile(values, share), rank);
  });
}
