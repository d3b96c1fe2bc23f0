import assert from "node:assert/strict";
import fc from "fast-check";
import type { OnFail, Pipeline, Stage } from "../../../lib/pipeline/pipeline.ts";
import { isReadOnly } from "../../../lib/pipeline/plan.ts";
import { type Resumption, runPipeline } from "../../../lib/pipeline/run_pipeline.ts";
import type { Attempt, PipelineState } from "../../../lib/pipeline/state.ts";
import { takenUp } from "../../../lib/pipeline/taken_up.ts";
import { agent, attemptOf, freshState, pipelineOf, run } from "./made_pipeline.ts";

const RUNS = Number(Deno.env.get("CODEX_DISPATCH_PROPERTY_RUNS") ?? 300);

/** What a stage comes to in a round: the same whenever it is run in it. */
type Outcome = "passed" | "new" | "same" | "violated";

interface Case {
  readonly pipeline: Pipeline;
  readonly jobs: number;
  readonly outcome: (stage: string, round: number) => Outcome;
  /** How long a stage takes, in turns of the loop. */
  readonly turns: (stage: string, round: number) => number;
}

Deno.test(`whatever comes of its stages, a pipeline keeps its rules and comes to an end (${RUNS} pipelines)`, async () => {
  await fc.assert(
    fc.asyncProperty(cases(), async (given) => {
      const { state, saved } = await drive(given, freshState(given.pipeline));
      assertEnded(given, state);
      assertCounted(given, state);
      for (const each of saved) assert.ok(each.attempts.length <= state.attempts.length);
    }),
    { numRuns: RUNS },
  );
});

Deno.test(`killed at whatever step and resumed, a pipeline comes to what it comes to undisturbed (${RUNS} pipelines)`, async () => {
  await fc.assert(
    fc.asyncProperty(cases(), fc.nat(), async (given, moment) => {
      const undisturbed = await drive(given, freshState(given.pipeline));
      const killed = undisturbed.saved[moment % undisturbed.saved.length];
      // After a violation it is not resumed.
      if (killed?.status !== "running" || killed.stages.some(({ status }) => status === "violated")) return;
      const { stages, unfinished } = takenUp(killed, false);
      const { state } = await drive(given, { ...killed, stages }, { unfinished });
      // Of stages side by side the first to fail keeps others from beginning: which that is, is a matter of time.
      if (given.jobs === 1) assert.deepEqual(endOf(state), endOf(undisturbed.state));
      assertEnded(given, state);
      assertCounted(given, state);
    }),
    { numRuns: RUNS },
  );
});

function cases(): fc.Arbitrary<Case> {
  const stage = fc.record({
    kind: fc.constantFrom("worker", "reviewer", "clean", "shared"),
    needs: fc.array(fc.nat(), { maxLength: 3 }),
    onFail: fc.constantFrom("stop", "continue", "return", "return"),
    target: fc.nat(),
    atMost: fc.integer({ min: 1, max: 3 }),
  });
  const outcomes = fc.array(
    fc.constantFrom<Outcome>("passed", "passed", "passed", "passed", "new", "new", "same", "violated"),
    { minLength: 40, maxLength: 40 },
  );
  const turns = fc.array(fc.nat({ max: 4 }), { minLength: 40, maxLength: 40 });
  return fc.record({
    stages: fc.array(stage, { minLength: 1, maxLength: 7 }),
    outcomes,
    turns,
    jobs: fc.constantFrom(1, 1, 2, 4),
  }).map(({ stages, jobs, ...given }) => {
    const made: Stage[] = [];
    for (const [at, { kind, onFail, ...each }] of stages.entries()) {
      const needs = at === 0 ? [] : [...new Set(each.needs.map((need) => `s${need % at}`))].sort();
      const above = [...aboveOf(needs, made)];
      const to = above[each.target % above.length];
      const then: OnFail = onFail === "return"
        ? to === undefined ? { kind: "stop" } : { kind: "return", to, atMost: each.atMost }
        : { kind: onFail === "continue" ? "continue" : "stop" };
      const keys = { needs, onFail: then };
      made.push(
        kind === "worker" || kind === "reviewer"
          ? agent(`s${at}`, kind, keys)
          : run(`s${at}`, { ...keys, checkout: kind === "clean" ? "clean" : "shared" }),
      );
    }
    const pick = <Value>(list: readonly Value[], stage: string, round: number): Value =>
      list[(Number(stage.slice(1)) * 7 + round * 3) % list.length] as Value;
    return {
      pipeline: pipelineOf(made),
      jobs,
      outcome: (stage, round) => pick(given.outcomes, stage, round),
      turns: (stage, round) => pick(given.turns, stage, round),
    };
  });
}

function aboveOf(needs: readonly string[], stages: readonly Stage[]): Set<string> {
  return new Set(
    needs.flatMap((id) => [id, ...aboveOf(stages.find((each) => each.id === id)?.needs ?? [], stages)]),
  );
}

/** Runs it, and holds every start against the rules. */
async function drive(
  { pipeline, jobs, outcome, turns }: Case,
  state: PipelineState,
  resumption?: Resumption,
): Promise<{ state: PipelineState; saved: PipelineState[] }> {
  const saved: PipelineState[] = [];
  const running = new Set<Stage>();
  const ended = await runPipeline(pipeline, state, {
    jobs,
    resumption,
    interrupt: new AbortController().signal,
    values: () => Promise.resolve({}),
    save: (each) => Promise.resolve(void saved.push(structuredClone(each))),
    report: () => {},
    attempt: async (stage, now): Promise<Attempt> => {
      const statusOf = (id: string): PipelineState["stages"][number] | undefined =>
        now.stages.find((each) => each.id === id);
      for (const need of stage.needs) {
        const needed = statusOf(need);
        assert.ok(
          needed?.status === "passed" || needed?.continued,
          `${stage.id} began before ${need} was through`,
        );
      }
      running.add(stage);
      assert.ok(running.size <= jobs);
      assert.ok(running.size === 1 || [...running].every(isReadOnly), "one that writes ran beside another");
      const round = statusOf(stage.id)?.round ?? 0;
      for (let turn = turns(stage.id, round); turn > 0; turn--) await Promise.resolve();
      running.delete(stage);
      return outcomeOf(stage.id, round, outcome(stage.id, round));
    },
  });
  return { state: ended, saved };
}

function assertEnded(
  { pipeline, jobs }: Case,
  { status, stages, stopped_by, exit_code }: PipelineState,
): void {
  assert.ok(jobs > 0);
  assert.ok(["passed", "failed", "violated"].includes(status), status);
  assert.equal(exit_code, status === "passed" ? 0 : 4);
  assert.equal(stopped_by === null, status === "passed");
  for (const { id, status: each, continued } of stages) {
    if (each === "failed" && status === "passed") assert.ok(continued, `it passed although ${id} failed`);
    assert.ok(!["pending", "running", "waiting", "interrupted"].includes(each), `${id} was left ${each}`);
    if (each === "violated") assert.equal(status, "violated");
  }
  assert.equal(stages.length, pipeline.stages.length);
}

/** No stage is counted twice: one verdict a round, and no more rounds than its returns and those of others allow. */
function assertCounted({ pipeline }: Case, { attempts, stages, returns }: PipelineState): void {
  const counted = attempts.map(({ stage, round }) => `${stage} ${round}`);
  assert.deepEqual(counted, [...new Set(counted)]);
  let most = 1;
  for (const { id, onFail } of pipeline.stages) {
    const count = returns[id] ?? 0;
    assert.ok(count <= (onFail.kind === "return" ? onFail.atMost : 0), `${id} sent back ${count} times`);
    most += count;
  }
  for (const { id, round } of stages) {
    assert.ok(round <= most, `${id} came to round ${round}, with ${most - 1} returns in all`);
    const rounds = attempts.filter(({ stage }) => stage === id).map((each) => each.round);
    assert.deepEqual(rounds, rounds.toSorted((a, b) => a - b));
  }
}

/** What must not differ, however often it was killed on the way. */
function endOf({ status, stages, returns, stopped_by }: PipelineState): unknown {
  return { status, stages, returns, stage: stopped_by?.stage, why: stopped_by?.why };
}

function outcomeOf(stage: string, round: number, outcome: Outcome): Attempt {
  const output = outcome === "same" ? "the same" : `word${String.fromCharCode(96 + round)}`;
  return attemptOf(stage, {
    round,
    status: outcome === "passed" || outcome === "violated" ? outcome : "failed",
    failure: outcome === "new" || outcome === "same"
      ? { kind: "check", command: `check ${stage}`, exit: 1, output }
      : null,
  });
}
