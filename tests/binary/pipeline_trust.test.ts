import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
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

Deno.test("whatever is changed of what a killed pipeline keeps, it is refused by its name, and nothing is put back", async () => {
  const worker = { action: 'echo half >src/one.txt; touch "$PROMPT.begun"; sleep 60' };
  await using given = await makePipelineCase(
    { worker: [worker, { action: "echo two >src/two.txt" }] },
    FILES,
  );
  const { root, env } = given.repository;
  await killAtWork(given);
  const pipelines = join(env["XDG_STATE_HOME"] ?? "", "codex-dispatch", "pipelines");
  const [kept = ""] = [...Deno.readDirSync(pipelines)].map(({ name }) => join(pipelines, name));
  const files = filesBelow(kept);
  for (const honest of ["honest one\n", "honest tool\n", "honest rules\n"]) {
    assert.ok(files.some((each) => Deno.readTextFileSync(each) === honest), honest);
  }
  const refused = async (each: string, named: string): Promise<void> => {
    const { code, stderr } = await given.pipeline("resume", "last", "--accept-changes");
    assert.equal(code, 3, `${each}: ${stderr}`);
    assert.ok(stderr.includes(named), `${each}: ${stderr}`);
    assert.equal(await Deno.readTextFile(join(root, "src/one.txt")), "half\n", `${each} was used`);
  };
  for (const each of files) {
    const [bytes, { mode }] = [await Deno.readFile(each), await Deno.lstat(each)];
    await Deno.writeFile(each, forged(bytes));
    // What they say of another file then is not so.
    await refused(each, each.endsWith("digests.json") ? `"${kept}/` : `"${each}"`);
    await Deno.writeFile(each, bytes);
    await Deno.chmod(each, mode ?? 0o600);
  }
  const added = join(kept, "carried/deps/planted.txt");
  await Deno.writeTextFile(added, "planted\n");
  await refused(added, `"${added}"`);
  await Deno.remove(added);
  const resumed = await given.pipeline("resume", "last");
  assert.equal(resumed.code, 4, resumed.stderr);
  assert.equal(await Deno.readTextFile(join(root, "src/one.txt")), "honest one\n");
});

Deno.test("a hook that a killed worker left behind is seen by whoever resumes", async () => {
  const plants = { action: 'echo evil >.git/hooks/post-commit; touch "$PROMPT.begun"; sleep 60' };
  await using given = await makePipelineCase(
    { worker: [plants, { action: "echo two >src/two.txt" }] },
    FILES,
  );
  await killAtWork(given);
  const resumed = await given.pipeline("resume", "last");
  assert.equal(resumed.code, 2);
  assert.match(resumed.stderr, /the tree changed since it stopped: "\.git\/hooks\/post-commit"/);
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

/** Starts the pipeline, and kills codex-dispatch once the worker is at work. */
async function killAtWork(given: PipelineCase): Promise<void> {
  const { root, home } = given.repository;
  await given.repository.write("deps/tool.txt", "honest tool\n");
  const file = join(home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  await using running = await given.start("run", file, "--input", `workdir=${root}`);
  await appears(join(home, "roles/worker.prompt.1.begun"));
  running.child.kill("SIGKILL");
  await running.outcome;
}

/** Other bytes of the same length, where there are any. */
function forged(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0
    ? new Uint8Array([88])
    : bytes.map((byte, at) => at === bytes.length >> 1 ? byte ^ 1 : byte);
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  ).sort();
}
