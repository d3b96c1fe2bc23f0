import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import {
  implementStage,
  makePipelineCase,
  PASS,
  pipelineText,
  readOutcome,
  runPipelineFile,
} from "../helpers/pipeline_case.ts";

const PIPELINE = pipelineText(
  implementStage("src/, .gitignore") + `  - id: ask
    approve: Is it right?
  - id: checks
    run: [test -e src/evil.txt]
    carry: [deps]
  - id: verify
    mode: verifier
    include: [implement.diff]
    objective: Prove it.
`,
);
const FILES = { "src/one.txt": "honest one\n", "AGENTS.md": "honest rules\n", ".gitignore": "deps/\n" };

Deno.test("what is kept of a scope and was forged before codex-dispatch was killed is not put back", async () => {
  const worker = { action: 'echo half >src/one.txt; touch "$PROMPT.begun"; sleep 60' };
  await using given = await makePipelineCase({ worker: [worker] }, FILES);
  const { root, home, env } = given.repository;
  await given.repository.write("deps/tool.txt", "honest tool\n");
  const file = join(home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  {
    await using running = await given.start("run", file, "--input", `workdir=${root}`);
    await appears(join(home, "roles/worker.prompt.1.begun"));
    running.child.kill("SIGKILL");
    await running.outcome;
  }
  const kept = filesBelow(join(env["XDG_STATE_HOME"] ?? "", "codex-dispatch", "pipelines"))
    .filter((each) => Deno.readTextFileSync(each) === "honest one\n");
  assert.ok(kept.length > 0);
  for (const each of kept) await Deno.writeTextFile(each, "forged one\n");
  const resumed = await given.pipeline("resume", "last");
  assert.equal(resumed.code, 3, resumed.stderr);
  assert.match(resumed.stderr, /"src\/one\.txt".*was changed by another hand/);
  assert.equal(await Deno.readTextFile(join(root, "src/one.txt")), "half\n");
});

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

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  ).sort();
}
