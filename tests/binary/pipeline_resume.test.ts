import assert from "node:assert/strict";
import { join } from "node:path";
import {
  implementStage,
  makePipelineCase,
  PASS,
  type PipelineCase,
  pipelineText,
  readOutcome,
  runPipelineFile,
  WRITES_TWO,
} from "../helpers/pipeline_case.ts";
import { appears } from "../helpers/detaching.ts";
import type { StartedProgram } from "../helpers/program.ts";

const PIPELINE = pipelineText(
  implementStage() + `  - id: verify
    mode: verifier
    include: [implement.diff]
    objective: Prove that src/two.txt was written.
`,
);

const REFUTES = { ...PASS, answer: { verdict: "fail", evidence: ["no"] } };

Deno.test("after a gate that stopped it a pipeline goes on at the stage that failed", async () => {
  await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [REFUTES, PASS] });
  const stopped = await runPipelineFile(given, PIPELINE);
  assert.equal(stopped.code, 4);
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--json"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(resumed.statuses, { implement: "passed", verify: "passed" });
  assert.equal((await given.prompts("worker")).length, 1);
  const [, verifier = ""] = await given.prompts("verifier");
  assert.match(verifier, /\+two/);
});

Deno.test("a dry run of what is taken up is refused, and starts nothing", async () => {
  await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [REFUTES, PASS] });
  await runPipelineFile(given, PIPELINE);
  const refused = await given.pipeline("resume", "last", "--dry-run");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--dry-run is for pipeline run/);
  assert.equal((await given.prompts("verifier")).length, 1);
});

/** What happens in between, whether it is refused, and the words. */
const BETWEEN: readonly [string, (given: PipelineCase) => Promise<unknown>, RegExp | undefined][] = [
  ["nothing", () => Promise.resolve(), undefined],
  [
    "a file changes",
    ({ repository }) => repository.write("README.md", "other\n"),
    /the tree changed.*"README\.md"/,
  ],
  [
    "a file of the scope changes",
    ({ repository }) => repository.write("src/two.txt", "other\n"),
    /"src\/two\.txt"/,
  ],
  ["a file comes", ({ repository }) => repository.write("new.txt", "\n"), /"new\.txt"/],
  ["a file is touched", ({ repository }) => Deno.utime(join(repository.root, "README.md"), 1, 1), undefined],
  ["something is staged", ({ repository }) => repository.git("add", "src/two.txt"), /the index of git/],
  [
    "a commit is made",
    ({ repository }) => repository.git("commit", "--allow-empty", "-qm", "x"),
    /"\.git\/refs\/heads\/main"/,
  ],
  ["a branch is made", ({ repository }) => repository.git("branch", "other"), /"\.git\/refs\/heads\/other"/],
  [
    "another branch is checked out",
    ({ repository }) => repository.git("checkout", "-qb", "x"),
    /"\.git\/HEAD"/,
  ],
  [
    "a remote is looked at",
    ({ repository }) => repository.git("update-ref", "refs/remotes/o/x", "HEAD"),
    undefined,
  ],
  ["git tidies up", ({ repository }) => repository.git("gc", "-q"), undefined],
  [
    "a setting of the repository changes",
    ({ repository }) => repository.git("config", "core.hooksPath", "hooks"),
    /the tree changed.*"\.git\/config"/,
  ],
  [
    "a hook comes",
    ({ repository }) => repository.write(".git/hooks/pre-commit", "#!/bin/sh\n"),
    /"\.git\/hooks\/pre-commit"/,
  ],
  [
    "something is excluded",
    ({ repository }) => repository.write(".git/info/exclude", "src/\n"),
    /"\.git\/info\/exclude"/,
  ],
  [
    "a setting of the user changes",
    ({ repository }) => repository.git("config", "--global", "core.pager", "x"),
    /"~\/\.gitconfig"/,
  ],
  [
    "the pipeline file changes",
    ({ repository }) => Deno.writeTextFile(join(repository.home, "pipeline.yaml"), `${PIPELINE}# changed\n`),
    /pipeline\.yaml" changed/,
  ],
];

for (const [what, act, words] of BETWEEN) {
  Deno.test(`when ${what} in between, resuming ${words ? "is refused, and goes on with --accept-changes" : "goes on"}`, async () => {
    await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [REFUTES, PASS] });
    await runPipelineFile(given, PIPELINE);
    await act(given);
    const resumed = await given.pipeline("resume", "last");
    assert.equal(resumed.code, words ? 2 : 0, resumed.stderr);
    if (!words) return;
    assert.match(resumed.stderr, words);
    assert.equal((await given.pipeline("resume", "last", "--accept-changes")).code, 0);
  });
}

Deno.test("what a killed worker left is kept as a patch, taken back, and the stage is run again", async () => {
  await using given = await makePipelineCase({
    worker: [{
      action:
        'echo half >src/half.txt; echo broken >src/one.txt; rm -f src/gone.txt; touch "$PROMPT.reached"; sleep 60',
    }, WRITES_TWO],
    verifier: [PASS],
  }, { "src/one.txt": "one\n", "src/gone.txt": "gone\n" });
  await killedAt(given, "worker.prompt.1.reached");
  const { root } = given.repository;
  assert.equal(await Deno.readTextFile(join(root, "src/one.txt")), "broken\n");
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--json"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(resumed.state.attempts.map(({ stage, round, status }) => [stage, round, status]), [
    ["implement", 1, "interrupted"],
    ["implement", 1, "passed"],
    ["verify", 1, "passed"],
  ]);
  assert.equal(await Deno.readTextFile(join(root, "src/one.txt")), "one\n");
  assert.equal(await Deno.readTextFile(join(root, "src/gone.txt")), "gone\n");
  assert.deepEqual(await given.repository.git("status", "--porcelain"), "?? src/two.txt");
  const patch = await Deno.readTextFile(join(resumed.summary.pipeline_dir, "interrupted.patch"));
  for (const line of ["+half", "+broken", "-gone"]) assert.ok(patch.includes(line), patch);
  await given.repository.git("stash", "-uq");
  await given.repository.git("apply", "--check", join(resumed.summary.pipeline_dir, "interrupted.patch"));
});

Deno.test("a pipeline that is running is not resumed beside itself", async () => {
  await using given = await makePipelineCase({ worker: [{ action: 'touch "$PROMPT.reached"; sleep 60' }] });
  await using running = await started(given, "worker.prompt.1.reached");
  const resumed = await given.pipeline("resume", "last");
  assert.equal(resumed.code, 2);
  assert.match(resumed.stderr, /is running/);
  running.child.kill("SIGTERM");
  assert.equal((await running.outcome).code, 143);
});

Deno.test("an interrupted pipeline says so, exits with the signal's status, and goes on later", async () => {
  await using given = await makePipelineCase({
    worker: [{ action: 'echo half >src/half.txt; touch "$PROMPT.reached"; sleep 60' }, WRITES_TWO],
    verifier: [PASS],
  });
  await using running = await started(given, "worker.prompt.1.reached");
  running.child.kill("SIGINT");
  const interrupted = await running.outcome;
  assert.equal(interrupted.code, 130);
  assert.match(interrupted.stderr, /interrupted/);
  const resumed = await readOutcome(await given.pipeline("resume", "last", "--json"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(await given.repository.git("status", "--porcelain"), "?? src/two.txt");
  assert.ok(
    (await Deno.readTextFile(join(resumed.summary.pipeline_dir, "interrupted.patch"))).includes("+half"),
  );
});

for (const where of ["tree", "state folder"] as const) {
  Deno.test(`a state that a worker forged in the ${where} before it killed codex-dispatch is refused`, async () => {
    await using given = await makePipelineCase({ worker: [{ action: 'touch "$PROMPT.reached"; sleep 60' }] });
    await killedAt(given, "worker.prompt.1.reached");
    const folder = where === "tree"
      ? join(given.repository.root, ".codex-dispatch")
      : join(given.repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
    const [{ name = "" } = {}] = [...Deno.readDirSync(join(folder, "pipelines"))];
    const file = join(folder, "pipelines", name, "state.json");
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replaceAll('"status": "running"', '"status": "passed"'));
    const resumed = await given.pipeline("resume", "last");
    assert.equal(resumed.code, 3, resumed.stderr);
    assert.match(resumed.stderr, /changed by another hand.*state\.json/);
  });
}

const WAITS = PIPELINE.replace(
  "  - id: verify",
  "  - id: ask\n    approve: Is it right?\n    on_fail: { return_to: implement, at_most: 1 }\n  - id: verify",
);

Deno.test("a stage that waits for a person goes on with --approve, and with nothing less", async () => {
  await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [PASS] });
  const waiting = await runPipelineFile(given, WAITS);
  assert.equal(waiting.code, 4);
  assert.equal(waiting.summary.status, "waiting");
  const asked = await given.pipeline("resume", "last");
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /Is it right\?/);
  const approved = await readOutcome(await given.pipeline("resume", "last", "--approve", "--json"));
  assert.equal(approved.code, 0, approved.stderr);
  assert.deepEqual(approved.statuses, { implement: "passed", ask: "passed", verify: "passed" });
});

Deno.test("a rejection sends back with its reason", async () => {
  await using given = await makePipelineCase({
    worker: [WRITES_TWO, { action: "echo three >src/three.txt" }],
    verifier: [PASS],
  });
  await runPipelineFile(given, WAITS);
  const again = await readOutcome(
    await given.pipeline("resume", "last", "--reject", "A third file is missing.", "--json"),
  );
  assert.equal(again.summary.status, "waiting", again.stderr);
  const [, second = ""] = await given.prompts("worker");
  assert.match(second, /A third file is missing\./);
  const rejected = await given.pipeline("resume", "last", "--reject", "Still not.", "--json");
  assert.equal(rejected.code, 4);
  assert.match(rejected.stderr, /1 time, at_most 1/);
});

Deno.test("a pipeline that passed, or that waits for nobody, is told so", async () => {
  await using given = await makePipelineCase({ worker: [WRITES_TWO], verifier: [PASS] });
  await runPipelineFile(given, PIPELINE);
  const passed = await given.pipeline("resume", "last");
  assert.equal(passed.code, 1);
  assert.match(passed.stderr, /passed already/);
  const unknown = await given.pipeline("resume", "20200101-000000000-x-00000000");
  assert.equal(unknown.code, 1);
});

/** Starts the pipeline, and waits until a worker has left its mark. */
async function started({ repository, start }: PipelineCase, mark: string): Promise<StartedProgram> {
  const file = join(repository.home, "pipeline.yaml");
  await Deno.writeTextFile(file, PIPELINE);
  const running = await start("run", file, "--input", `workdir=${repository.root}`);
  await appears(join(repository.home, "roles", mark));
  return running;
}

/** The same, and kills it. */
async function killedAt(given: PipelineCase, mark: string): Promise<void> {
  await using running = await started(given, mark);
  running.child.kill("SIGKILL");
  await running.outcome;
}
