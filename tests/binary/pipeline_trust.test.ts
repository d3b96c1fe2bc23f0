import assert from "node:assert/strict";
import { makePipelineCase, PASS, readOutcome, runPipelineFile } from "../helpers/pipeline_case.ts";

const PIPELINE = `version: 1
name: case
inputs:
  workdir: { type: path, required: true }
stages:
  - id: implement
    mode: worker
    objective: Write src/two.txt.
    write_scope: [src/, .gitignore]
  - id: ask
    approve: Is it right?
  - id: checks
    run: [test -e src/evil.txt]
    carry: [deps]
  - id: verify
    mode: verifier
    include: [implement.diff]
    objective: Prove it.
`;
const FILES = { "src/one.txt": "honest one\n", "AGENTS.md": "honest rules\n", ".gitignore": "deps/\n" };

Deno.test("what a worker hid from git is no less seen by the stages after a pause", async () => {
  const hides = "echo two >src/two.txt; echo src/evil.txt >>.gitignore; echo evil >src/evil.txt";
  await using given = await makePipelineCase({ worker: [{ action: hides }], verifier: [PASS] }, FILES);
  await given.repository.write("deps/tool.txt", "honest tool\n");
  const waiting = await runPipelineFile(given, PIPELINE);
  assert.equal(waiting.summary.status, "waiting", waiting.stderr);
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--approve", "--json"));
  assert.deepEqual(resumed.statuses, {
    implement: "passed",
    ask: "passed",
    checks: "passed",
    verify: "passed",
  }, resumed.stderr);
  const [prompt = ""] = await given.prompts("verifier");
  assert.match(prompt, /\+evil\n/);
});
