import assert from "node:assert/strict";
import { join } from "node:path";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
  WRITES_TWO,
} from "../helpers/pipeline_case.ts";
import { runProgram } from "../helpers/program.ts";
import type { ProgramOutcome } from "../helpers/program.ts";

const PIPELINE = pipelineText(
  implementStage() + `  - id: verify
    mode: verifier
    objective: Prove it.
`,
);

Deno.test("a detached pipeline goes on by itself, and waiting for it ends with its status and summary", async () => {
  await using given = await makePipelineCase({
    worker: [{ ...WRITES_TWO, action: "sleep 1; echo two >src/two.txt" }],
    verifier: [PASS],
  });
  const folder = await detach(given);
  const soon = await runs(given, "wait", folder, "--timeout-sec", "0.2");
  assert.equal(soon.code, 1);
  assert.match(soon.stderr, /the pipeline goes on/);
  const tail = await runs(given, "tail", folder);
  assert.match(tail.stdout, /implement: started\n(.*\n)*implement: passed/);
  const waited = await runs(given, "wait", folder, "--json");
  assert.equal(waited.code, 0, waited.stderr);
  assert.equal(JSON.parse(waited.stdout).status, "passed");
  // By its id too, from wherever.
  const id = folder.split("/").at(-1) ?? "";
  assert.equal((await runProgram(["runs", "wait", id], { env: given.repository.env, cwd: "/" })).code, 0);
});

Deno.test("a detached pipeline that is cancelled is interrupted, and nothing of it goes on", async () => {
  await using given = await makePipelineCase({
    worker: [{ action: 'touch "$PROMPT.reached"; sleep 60' }, WRITES_TWO],
    verifier: [PASS],
  });
  const folder = await detach(given);
  const mark = join(given.repository.home, "roles", "worker.prompt.1.reached");
  while (!await Deno.lstat(mark).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const cancelled = await runs(given, "cancel", folder, "--json");
  assert.equal(cancelled.code, 0, cancelled.stderr);
  const { cancelled: did, status, exit_code } = JSON.parse(cancelled.stdout);
  assert.deepEqual([did, status, exit_code], [true, "interrupted", 143]);
  assert.equal((await runs(given, "wait", folder)).code, 143);
  assert.equal((await given.pipeline("resume", folder)).code, 0);
});

Deno.test("what would be refused before the first stage is refused to the caller, or is what came of it", async () => {
  await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [PASS] });
  const file = await written(given);
  const bad = await given.pipeline("run", file, "--detach");
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /workdir/);
  await given.repository.write("src/one.txt", "dirty\n");
  const folder = await detach(given);
  const waited = await runs(given, "wait", folder, "--json");
  assert.equal(waited.code, 2);
  assert.match(JSON.parse(waited.stdout).stopped_by.why, /src\/one\.txt/);
});

async function detach(given: PipelineCase): Promise<string> {
  const started = await given.pipeline(
    "run",
    await written(given),
    "--input",
    `workdir=${given.repository.root}`,
    "--detach",
  );
  assert.equal(started.code, 0, started.stderr);
  return started.stdout.trim();
}

async function written({ repository }: PipelineCase): Promise<string> {
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  return file;
}

async function runs({ repository }: PipelineCase, ...args: readonly string[]): Promise<ProgramOutcome> {
  return await runProgram(["runs", ...args], { env: repository.env, cwd: repository.root });
}
