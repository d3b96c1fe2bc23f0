import assert from "node:assert/strict";
import { parseExpression } from "../../../lib/base/expressions.ts";
import type { Failure } from "../../../lib/pipeline/failure.ts";
import type { Pipeline, Stage } from "../../../lib/pipeline/pipeline.ts";
import { runPipeline } from "../../../lib/pipeline/run_pipeline.ts";
import { type Attempt, type PipelineState, PipelineStateSchema } from "../../../lib/pipeline/state.ts";
import { agent, approve, attemptOf, freshState, pipelineOf, run } from "./made_pipeline.ts";

const BACK = { kind: "return", to: "implement", atMost: 2 } as const;

/** implement → checks → review, both of which send back. */
const LOOP = pipelineOf([
  agent("implement", "worker"),
  run("checks", { needs: ["implement"], onFail: BACK }),
  agent("review", "reviewer", { needs: ["checks"], onFail: BACK }),
]);

/** What a stage's runs come to, one after the other. */
type Outcome = Partial<Attempt> & { readonly status: Attempt["status"] };

const passed: Outcome = { status: "passed" };
const failed = (said: string): Outcome => ({
  status: "failed",
  failure: { kind: "check", command: "npm test", exit: 1, output: said } satisfies Failure,
});

Deno.test("stages run in their order and the pipeline passes", async () => {
  const { state, order } = await drive(LOOP, {});
  assert.equal(state.status, "passed");
  assert.equal(state.exit_code, 0);
  assert.deepEqual(order, ["implement", "checks", "review"]);
});

Deno.test("a violation stops, and everything after it is skipped", async () => {
  const { state, order } = await drive(LOOP, { implement: [{ status: "violated" }] });
  assert.deepEqual(order, ["implement"]);
  assert.equal(state.status, "violated");
  assert.equal(state.exit_code, 4);
  assert.equal(state.stopped_by?.stage, "implement");
  assert.deepEqual(statuses(state), { implement: "violated", checks: "skipped", review: "skipped" });
});

Deno.test("a violation stops although on_fail sends back or goes on", async () => {
  for (const onFail of [BACK, { kind: "continue" } as const]) {
    const pipeline = pipelineOf([
      agent("implement", "worker"),
      run("checks", { needs: ["implement"], onFail }),
    ]);
    const { state, order } = await drive(pipeline, { checks: [{ status: "violated" }] });
    assert.equal(state.status, "violated");
    assert.deepEqual(order, ["implement", "checks"]);
  }
});

Deno.test("a failed gate sends back, and the second round passes", async () => {
  const { state, order } = await drive(LOOP, { checks: [failed("1 failed"), passed] });
  assert.deepEqual(order, ["implement", "checks", "implement", "checks", "review"]);
  assert.equal(state.status, "passed");
  assert.deepEqual(state.returns, { checks: 1 });
  assert.deepEqual(state.attempts.map(({ stage, round }) => `${stage} ${round}`), [
    "implement 1",
    "checks 1",
    "implement 2",
    "checks 2",
    "review 2",
  ]);
});

Deno.test("each stage's returns are counted for themselves", async () => {
  const { state, order } = await drive(LOOP, {
    checks: [failed("a"), passed, passed, passed],
    review: [failed("x"), failed("y"), passed],
  });
  assert.equal(state.status, "passed");
  assert.deepEqual(state.returns, { checks: 1, review: 2 });
  assert.equal(order.filter((id) => id === "implement").length, 4);
});

Deno.test("after at_most returns it stops", async () => {
  const { state } = await drive(LOOP, { checks: [failed("a"), failed("b"), failed("c")] });
  assert.equal(state.status, "failed");
  assert.match(state.stopped_by?.why ?? "", /2 times, at_most 2/);
  assert.deepEqual(statuses(state), { implement: "passed", checks: "failed", review: "skipped" });
});

Deno.test("the same failure again stops", async () => {
  const { state, order } = await drive(LOOP, {
    checks: [failed("1 failed in 0.2s"), failed("1 failed in 0.3s")],
  });
  assert.match(state.stopped_by?.why ?? "", /same came back/);
  assert.equal(order.length, 4);
});

Deno.test("a check that passed before and fails in a later round stops", async () => {
  const commands = (exit: number): NonNullable<Attempt["result"]> => ({
    ...RESULT,
    mode: "run",
    commands: [{ command: "lint", exit_code: exit }],
  });
  const { state } = await drive(LOOP, {
    checks: [{ ...passed, result: commands(0) }, { ...failed("x"), result: commands(1) }],
    review: [failed("y")],
  });
  assert.match(state.stopped_by?.why ?? "", /"lint" passed in an earlier round/);
});

Deno.test("on_fail: continue lets what needs it go on", async () => {
  const pipeline = pipelineOf([
    agent("one", "reviewer", { onFail: { kind: "continue" } }),
    agent("two", "synthesizer", { needs: ["one"] }),
  ]);
  const { state, order } = await drive(pipeline, { one: [failed("x")] });
  assert.deepEqual(order, ["one", "two"]);
  assert.equal(state.status, "passed");
  assert.deepEqual(statuses(state), { one: "failed", two: "passed" });
});

Deno.test("a condition that is not true skips, and skips what needs it", async () => {
  for (
    const [condition, ran] of [["inputs.deep == true", true], ["inputs.word", false], [
      "inputs.deep == false",
      false,
    ]] as const
  ) {
    const pipeline = pipelineOf([
      agent("one", "reviewer"),
      agent("two", "reviewer", { needs: ["one"], if: parseExpression(condition, ["inputs"]) }),
      agent("three", "synthesizer", { needs: ["two"] }),
    ]);
    const { state, order } = await drive(pipeline, {}, { values: { inputs: { deep: true, word: "true" } } });
    assert.deepEqual(order, ran ? ["one", "two", "three"] : ["one"]);
    assert.equal(state.status, "passed");
    assert.deepEqual(
      statuses(state),
      ran
        ? { one: "passed", two: "passed", three: "passed" }
        : { one: "passed", two: "skipped", three: "skipped" },
    );
  }
});

Deno.test("a condition that reads what does not exist stops", async () => {
  const pipeline = pipelineOf([
    agent("one", "reviewer", { if: parseExpression("inputs.nothing", ["inputs"]) }),
  ]);
  const { state, order } = await drive(pipeline, {}, { values: { inputs: {} } });
  assert.deepEqual(order, []);
  assert.equal(state.status, "failed");
  assert.match(state.stopped_by?.reasons[0]?.found ?? "", /"nothing" does not exist/);
});

Deno.test("read-only stages run side by side, as many as are allowed, and all end before it goes back", async () => {
  const pipeline = pipelineOf([
    agent("implement", "worker"),
    ...["one", "two", "three"].map((id) => agent(id, "reviewer", { needs: ["implement"], onFail: BACK })),
    agent("merge", "synthesizer", { needs: ["one", "two", "three"] }),
  ]);
  const { state, order, most } = await drive(pipeline, { one: [failed("x")], three: [failed("z")] }, {
    jobs: 2,
  });
  assert.equal(most, 2);
  assert.deepEqual(order.slice(0, 4), ["implement", "one", "two", "implement"]);
  assert.equal(state.status, "passed");
  assert.equal(state.attempts.filter(({ stage }) => stage === "merge").length, 1);
});

Deno.test("of two that fail side by side both go back in one round", async () => {
  const pipeline = pipelineOf([
    agent("implement", "worker"),
    ...["one", "two"].map((id) => agent(id, "reviewer", { needs: ["implement"], onFail: BACK })),
  ]);
  const { state, order } = await drive(pipeline, { one: [failed("x")], two: [failed("z")] }, { jobs: 2 });
  assert.deepEqual(order, ["implement", "one", "two", "implement", "one", "two"]);
  assert.deepEqual(state.returns, { one: 1, two: 1 });
  assert.deepEqual(state.stages.map(({ round }) => round), [2, 2, 2]);
});

Deno.test("an approval stops the pipeline as waiting", async () => {
  const pipeline = pipelineOf([
    agent("one", "worker"),
    approve("gate", { needs: ["one"] }),
    agent("two", "worker", { needs: ["gate"] }),
  ]);
  const { state, order } = await drive(pipeline, {});
  assert.deepEqual(order, ["one"]);
  assert.equal(state.status, "waiting");
  assert.equal(state.exit_code, 4);
  assert.deepEqual(statuses(state), { one: "passed", gate: "waiting", two: "pending" });
  assert.match(state.stopped_by?.next ?? "", /--approve/);
});

Deno.test("a budget of tokens stops before the next stage, and so does usage that is not known", async () => {
  const pipeline = pipelineOf(LOOP.stages, { tokens: 100 });
  const spent = await drive(pipeline, { implement: [{ ...passed, tokens: 100 }] });
  assert.match(spent.state.stopped_by?.why ?? "", /tokens of the budget, 100, are used up/);
  assert.deepEqual(spent.order, ["implement"]);
  const unknown = await drive(pipeline, { implement: [{ ...passed, tokens: null }] });
  assert.match(unknown.state.stopped_by?.why ?? "", /did not say how many tokens/);
  const without = await drive(LOOP, { implement: [{ ...passed, tokens: null }] });
  assert.equal(without.state.status, "passed");
});

Deno.test("a budget that cannot pay for another round like the last stops the loop", async () => {
  const pipeline = pipelineOf(LOOP.stages, { tokens: 100 });
  const { state, order } = await drive(pipeline, {
    implement: [{ ...passed, tokens: 60 }],
    checks: [failed("x")],
  });
  assert.deepEqual(order, ["implement", "checks"]);
  assert.match(state.stopped_by?.why ?? "", /used 60 tokens; 40 of the budget are left/);
});

Deno.test("an interruption stops, with the stages that did not begin still to come", async () => {
  const interrupt = new AbortController();
  const { state, order } = await drive(LOOP, {
    implement: [{ status: "interrupted" }],
  }, { interrupt, onAttempt: () => interrupt.abort("SIGINT") });
  assert.deepEqual(order, ["implement"]);
  assert.equal(state.status, "interrupted");
  assert.equal(state.exit_code, 130);
  assert.deepEqual(statuses(state), { implement: "interrupted", checks: "pending", review: "pending" });
});

Deno.test("a failure of the network is repeated in its round", async () => {
  const { state, order } = await drive(LOOP, { implement: [{ status: "repeated" }, passed] });
  assert.deepEqual(order, ["implement", "implement", "checks", "review"]);
  assert.deepEqual(state.stages.map(({ round }) => round), [1, 1, 1]);
});

Deno.test("a fault of ours is thrown on, and the state saved says that nothing passed", async () => {
  const saved: PipelineState[] = [];
  await assert.rejects(
    drive(LOOP, {}, {
      saved,
      onAttempt: () => {
        throw new Error("a bug");
      },
    }),
    /a bug/,
  );
  assert.equal(saved.at(-1)?.status, "failed");
});

Deno.test("the state is saved after every step, and every one of them can be read again", async () => {
  const saved: PipelineState[] = [];
  await drive(LOOP, { checks: [failed("a"), passed] }, { saved });
  assert.ok(saved.length >= 10);
  for (const state of saved) {
    assert.deepEqual(PipelineStateSchema.parse(JSON.parse(JSON.stringify(state))), state);
  }
  assert.ok(saved.some((state) => statuses(state)["implement"] === "running"));
});

const RESULT: NonNullable<Attempt["result"]> = {
  schema: 1,
  run_id: "r",
  mode: "reviewer",
  status: "accepted",
  exit_code: 0,
  codex_exit_code: 0,
  policy_violation: false,
  accepted: true,
  started_at: "",
  duration_ms: 1,
  usage: null,
  thread_id: null,
  codex_version: null,
  commands: [],
  answer: null,
  result: null,
};

/** Runs a pipeline whose stages come to what is given, and else pass. */
async function drive(
  pipeline: Pipeline,
  outcomes: Readonly<Record<string, readonly Outcome[]>>,
  options: {
    readonly jobs?: number;
    readonly values?: Readonly<Record<string, unknown>>;
    readonly interrupt?: AbortController;
    readonly onAttempt?: (stage: Stage) => void;
    readonly saved?: PipelineState[];
  } = {},
): Promise<{ state: PipelineState; order: string[]; most: number }> {
  const order: string[] = [];
  const { interrupt = new AbortController(), saved = [] } = options;
  let running = 0;
  let most = 0;
  const state = await runPipeline(
    pipeline,
    freshState(pipeline),
    {
      jobs: options.jobs ?? 4,
      interrupt: interrupt.signal,
      values: () => Promise.resolve(options.values ?? {}),
      save: (each) => {
        saved.push(each);
        return Promise.resolve();
      },
      report: () => {},
      attempt: async (stage, now): Promise<Attempt> => {
        const count = order.filter((id) => id === stage.id).length;
        order.push(stage.id);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        options.onAttempt?.(stage);
        const round = now.stages.find(({ id }) => id === stage.id)?.round ?? 0;
        return attemptOf(stage.id, { round, ...outcomes[stage.id]?.[count] ?? passed });
      },
    },
  );
  return { state, order, most };
}

function statuses(state: PipelineState): Record<string, string> {
  return Object.fromEntries(state.stages.map(({ id, status }) => [id, status]));
}
