import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import {
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
  readOutcome,
  runPipelineFile,
} from "../helpers/pipeline_case.ts";
import { findProcesses } from "../helpers/program.ts";
import { PipelineStateSchema } from "../../lib/pipeline/state.ts";

const reviewer = (id: string): string =>
  `  - { id: ${id}, mode: reviewer, needs: [], objective: Review it. }\n`;
const THREE = pipelineText(reviewer("one") + reviewer("two") + reviewer("three"));

/** Shell: waits until so many of the role have begun. */
const untilBegun = (role: string, count: number): string =>
  `until [ -d "\${PROMPT%/*}/${role}.count.${count}" ]; do sleep 0.02; done`;

Deno.test("as many read-only stages run side by side as --jobs allows", async () => {
  for (const jobs of [1, 2, 3]) {
    await using given = await makePipelineCase({
      reviewer: [{
        ...PASS,
        // Each is done once as many have begun as may, or the last has.
        action: `${untilBegun("reviewer", jobs)}
          touch "$PROMPT.here"; ls "\${PROMPT%/*}" | grep -c 'here$' >"$PROMPT.count"; sleep 0.3; rm "$PROMPT.here"`,
      }],
    });
    const run = await runPipelineFile(given, THREE, "--jobs", String(jobs));
    assert.equal(run.code, 0, run.stderr);
    const roles = join(given.repository.home, "roles");
    const counts = [1, 2, 3].map((at) =>
      Number(Deno.readTextFileSync(join(roles, `reviewer.prompt.${at}.count`)))
    );
    assert.equal(Math.max(...counts), jobs, `${counts}`);
  }
});

Deno.test("a change to the tree that reviewers share violates all that ran meanwhile, and nobody else", async () => {
  await using given = await makePipelineCase({
    reviewer: [
      PASS,
      { ...PASS, action: `${untilBegun("reviewer", 3)}; sleep 0.2` },
      { ...PASS, action: "echo x >README.md" },
    ],
  });
  const needs = (id: string): string => reviewer(id).replace("needs: []", "needs: [one]");
  const run = await runPipelineFile(given, pipelineText(reviewer("one") + needs("two") + needs("three")));
  assert.equal(run.code, 4);
  assert.deepEqual(run.statuses, { one: "passed", two: "violated", three: "violated" }, run.stderr);
  for (const id of ["two", "three"]) {
    const attempt = run.state.attempts.find(({ stage }) => stage === id);
    assert.deepEqual(attempt?.policy?.violations.map(({ kind, path }) => [kind, path]), [[
      "read-only",
      "README.md",
    ]]);
  }
});

Deno.test("a verifier that writes in its own checkout violates itself alone", async () => {
  await using given = await makePipelineCase({
    verifier: [
      { ...PASS, action: `${untilBegun("verifier", 2)}; echo x >README.md` },
      { ...PASS, action: `${untilBegun("verifier", 2)}; sleep 0.2` },
    ],
  });
  const verifier = (id: string): string =>
    `  - { id: ${id}, mode: verifier, needs: [], checkout: clean, objective: Prove it. }\n`;
  const run = await runPipelineFile(given, pipelineText(verifier("one") + verifier("two")));
  assert.equal(run.code, 4);
  assert.deepEqual(Object.values(run.statuses).sort(), ["passed", "violated"], run.stderr);
  assert.equal(await given.repository.git("status", "--porcelain"), "");
});

Deno.test("SIGINT while stages run side by side ends all of them, and they are run again when it is resumed", async () => {
  await using given = await makePipelineCase({
    reviewer: [...[1, 2].map(() => ({ ...PASS, action: "sleep 60" })), PASS],
    verifier: [{ ...PASS, action: 'touch "$PROMPT.begun"; sleep 60' }, PASS],
  });
  const clean = "  - { id: three, mode: verifier, needs: [], checkout: clean, objective: Prove it. }\n";
  const file = join(given.repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, pipelineText(reviewer("one") + reviewer("two") + clean + reviewer("four")));
  await using running = await given.start(
    "run",
    file,
    "--input",
    `workdir=${given.repository.root}`,
    "--json",
  );
  const roles = join(given.repository.home, "roles");
  for (const mark of ["reviewer.count.2", "verifier.prompt.1.begun"]) await appears(join(roles, mark));
  running.child.kill("SIGINT");
  const interrupted = await readOutcome(await running.outcome);
  assert.equal(interrupted.code, 130, interrupted.stderr);
  assert.deepEqual(interrupted.statuses, {
    one: "interrupted",
    two: "interrupted",
    three: "interrupted",
    four: "pending",
  });
  assert.deepEqual(await findProcesses(given.repository.env), []);
  const live = join(given.repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch", "live");
  assert.deepEqual([...Deno.readDirSync(live)].map(({ name }) => name), []);
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--json"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(
    resumed.state.attempts.map(({ stage, round, status }) => `${stage} ${round} ${status}`).sort(),
    ["four 1 passed", ...["one", "three", "two"].flatMap((id) => [`${id} 1 interrupted`, `${id} 1 passed`])],
  );
});

Deno.test("a gate that said no before codex-dispatch was killed is acted on, and its stage is not asked again", async () => {
  const finding = {
    severity: "high",
    title: "It leaks",
    body: "",
    file: null,
    line: null,
    recommendation: "",
  };
  await using given = await makePipelineCase({
    worker: [{ action: "echo two >src/two.txt" }, { action: "echo three >src/three.txt" }],
    reviewer: [{ ...PASS, answer: { verdict: "fail", findings: [finding] } }, PASS],
    verifier: [{ ...PASS, action: "sleep 60" }, PASS],
  });
  const stage = (id: string, mode: string): string =>
    `  - { id: ${id}, mode: ${mode}, needs: [implement], objective: Judge it., on_fail: { return_to: implement, at_most: 1 } }\n`;
  const worker = "  - { id: implement, mode: worker, objective: Write., write_scope: [src/] }\n";
  await killedWhenJudged(
    given,
    pipelineText(worker + stage("review", "reviewer") + stage("verify", "verifier")),
    "review",
  );
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--json"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(resumed.state.attempts.map(({ stage, round, status }) => `${stage} ${round} ${status}`), [
    "implement 1 passed",
    "review 1 failed",
    // What ran beside it comes to its end before anything is decided.
    "verify 1 passed",
    "implement 2 passed",
    "review 2 passed",
    "verify 2 passed",
  ]);
  const [, second = ""] = await given.prompts("worker");
  assert.match(second, /Round 2\. The stage "review" sent your work back[^]*It leaks/);
});

Deno.test("a violation stands, although codex-dispatch was killed before it could stop", async () => {
  await using given = await makePipelineCase({
    reviewer: [{ ...PASS, action: "echo x >README.md" }],
    verifier: [{ ...PASS, action: "sleep 60" }],
  });
  const clean = "  - { id: two, mode: verifier, needs: [], checkout: clean, objective: Prove it. }\n";
  await killedWhenJudged(given, pipelineText(reviewer("one") + clean), "one");
  const resumed = await given.pipeline("resume", "last");
  assert.equal(resumed.code, 2, resumed.stderr);
  assert.match(
    resumed.stderr,
    /the tree changed since it stopped: "README\.md"; it stopped for a violation, which still stands/,
  );
});

/** Starts it, and kills it when the gate of a stage has said no and another stage runs. */
async function killedWhenJudged(given: PipelineCase, text: string, stage: string): Promise<void> {
  const { root, home } = given.repository;
  const file = join(home, "pipeline.yaml");
  await Deno.writeTextFile(file, text);
  await using running = await given.start("run", file, "--input", `workdir=${root}`);
  const folder = join(root, ".codex-dispatch", "pipelines");
  const isJudged = async (): Promise<boolean> => {
    const [{ name = "" } = {}] = await Array.fromAsync(Deno.readDir(folder));
    const state = PipelineStateSchema.parse(
      JSON.parse(await Deno.readTextFile(join(folder, name, "state.json"))),
    );
    return state.stages.some(({ id, status }) =>
      id === stage && (status === "failed" || status === "violated")
    ) &&
      state.stages.some(({ status }) => status === "running");
  };
  for (const until = performance.now() + 60_000; !await isJudged().catch(() => false);) {
    assert.ok(performance.now() < until, "its gate never said no while another stage ran");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await appears(join(home, "roles", "verifier.count.1"));
  running.child.kill("SIGKILL");
  await running.outcome;
}
