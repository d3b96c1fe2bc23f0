import assert from "node:assert/strict";
import { join } from "node:path";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
} from "../helpers/pipeline_case.ts";
import type { ProgramOutcome } from "../helpers/program.ts";

const PIPELINE = pipelineText(
  implementStage() + `  - id: review
    mode: reviewer
    objective: Review it.
`,
);
const WRITES = { action: "echo two >>src/two.txt" };
const REFUSES = { answer: { verdict: "fail", summary: "It is bad." } };

Deno.test("standard output has the result alone, whatever comes of a pipeline", async () => {
  await using given = await makePipelineCase({
    worker: [WRITES],
    reviewer: [PASS, REFUSES, PASS, REFUSES, PASS, REFUSES],
  });

  const passed = await pipelineRun(given);
  assert.equal(passed.code, 0);
  assert.match(passed.stdout, /^\/.*\/\.codex-dispatch\/pipelines\/[\w-]+\n$/);
  assert.match(passed.stderr, /pipeline directory .*\n[^]*implement: started\n[^]*review: passed .*\n/);
  const stopped = await pipelineRun(given);
  assert.equal(stopped.code, 4);
  assert.match(stopped.stdout, /^\/.*\/\.codex-dispatch\/pipelines\/[\w-]+\n$/);
  assert.match(
    stopped.stderr,
    /stopped by "review": Its gate said no, and its on_fail is stop\.\n\s+asked: verdict is "pass"\n\s+found: "fail"\n\s+its run: \/.*\n\s+to go on: .*pipeline resume/,
  );

  const passedJson = await pipelineRun(given, "--json");
  assert.deepEqual(pick(passedJson), [0, "passed", true, 0, null]);
  const stoppedJson = await pipelineRun(given, "--json");
  assert.deepEqual(pick(stoppedJson), [4, "failed", false, 4, "review"]);

  const quiet = await pipelineRun(given, "--quiet");
  assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
  assert.match(quiet.stdout, /^\/.*\n$/);
  const quietStopped = await pipelineRun(given, "--quiet", "--json");
  assert.deepEqual([quietStopped.code, quietStopped.stderr], [4, ""]);
  assert.equal(JSON.parse(quietStopped.stdout).status, "failed");
});

/** What is wrong, the arguments that make it so, the status, and the code of the problem. */
const REFUSALS: readonly [string, string[], number, string][] = [
  ["an input that is not declared", ["--input", "word=x"], 1, "input-unknown"],
  ["jobs that are no number", ["--jobs", "0"], 1, "jobs"],
  ["a file of inputs that is not there", ["--inputs", "nowhere.yaml"], 1, "inputs-unreadable"],
  ["dirt in the scope", [], 2, "dirty-overlap"],
  ["no codex", ["--allow-dirty-overlap"], 2, "codex-missing"],
];

Deno.test("a refusal is one document on standard output with --json, and leaves nothing in the tree", async () => {
  await using given = await makePipelineCase({ worker: [WRITES], reviewer: [PASS] });
  await given.repository.write("src/one.txt", "dirty\n");
  for (const [what, args, code, problem] of REFUSALS) {
    if (problem === "codex-missing") await Deno.remove(given.codex);
    const refused = await pipelineRun(given, "--json", ...args);
    assert.equal(refused.code, code, `${what}: ${refused.stderr}`);
    const document = JSON.parse(refused.stdout);
    assert.deepEqual([document.ok, document.exit, document.errors[0].code], [false, code, problem]);
    const records = join(given.repository.root, ".codex-dispatch");
    assert.equal(await Deno.lstat(records).catch(() => "none"), "none", what);
  }
});

async function pipelineRun(
  { repository, pipeline }: PipelineCase,
  ...args: string[]
): Promise<ProgramOutcome> {
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  await repository.git("clean", "-fdq", "src");
  return await pipeline(
    "run",
    file,
    "--input",
    `workdir=${repository.root}`,
    ...args.filter((each) => each !== ""),
  );
}

function pick({ code, stdout }: ProgramOutcome): unknown[] {
  const summary = JSON.parse(stdout);
  return [code, summary.status, summary.accepted, summary.exit_code, summary.stopped_by?.stage ?? null];
}
