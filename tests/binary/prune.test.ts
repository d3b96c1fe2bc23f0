import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { detach } from "../helpers/detaching.ts";
import { dispatchScripted } from "../helpers/dispatching.ts";
import { makePipelineCase, PASS, pipelineText, runPipelineFile } from "../helpers/pipeline_case.ts";
import { type ProgramOutcome, runProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

function runs(repository: TestRepository, ...args: string[]): Promise<ProgramOutcome> {
  return runProgram(["runs", ...args], { env: repository.env, cwd: repository.root });
}

function stateFolder(repository: TestRepository): string {
  return join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
}

/** What the state folder keeps of runs, without the marks of those that were pruned. */
function kept(repository: TestRepository): string[] {
  return ["live", "runs"].flatMap((folder) => {
    try {
      return [...Deno.readDirSync(join(stateFolder(repository), folder))].map(({ name }) => name);
    } catch {
      return [];
    }
  }).sort();
}

/** A run directory of that age, as far as pruning looks. */
async function makeRun(repository: TestRepository, days: number): Promise<string> {
  const started = new Date(Date.now() - days * 24 * 3600 * 1000);
  const stamp = started.toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
  const folder = join(repository.root, ".codex-dispatch/runs", `${stamp}-worker-old-0123abcd`);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "events.jsonl"), "x".repeat(10_000));
  return folder;
}

function standing(repository: TestRepository): string[] {
  return [...Deno.readDirSync(join(repository.root, ".codex-dispatch/runs"))].map(({ name }) => name).sort();
}

Deno.test("prune takes runs away with all that is kept of them, and says what it freed", async () => {
  await using repository = await makeRepository();
  const first = await dispatchScripted(repository, repository.packet());
  await runs(repository, "accept", "last", "--reason", "good");
  const second = await dispatchScripted(repository, repository.packet());
  const dry = await runs(repository, "prune", "--keep", "1", "--dry-run");
  assert.deepEqual([dry.code, dry.stdout], [0, `${first.result.run_id}\n`]);
  assert.match(dry.stderr, /1 run would be removed, [\d.]+ KB would be freed; 1 run kept/);
  assert.equal(standing(repository).length, 2);
  const pruned = JSON.parse((await runs(repository, "prune", "--keep", "1", "--json")).stdout);
  const { freed_bytes: freed, ...counted } = pruned;
  assert.deepEqual(counted, {
    dry_run: false,
    removed: [{ id: first.result.run_id, run_dir: first.runDir, bytes: freed }],
    removed_pipelines: [],
    kept: 1,
    needed: 0,
    left: [],
  });
  assert.ok(freed > 1_000);
  assert.deepEqual(standing(repository), [basename(second.runDir)]);
  assert.deepEqual(kept(repository), [`${second.result.run_id}.json`]);
});

Deno.test("by age, count and size, whatever says so first", async () => {
  await using repository = await makeRepository();
  const folders = [];
  for (const days of [40, 20, 10, 5, 1]) folders.push(basename(await makeRun(repository, days)));
  await runs(repository, "prune", "--older-than", "30d", "--keep", "10");
  assert.deepEqual(standing(repository), folders.slice(1));
  await runs(repository, "prune", "--max-size", "35KB");
  assert.deepEqual(standing(repository), folders.slice(2));
  await runs(repository, "prune", "--keep", "1", "--older-than", "52w");
  assert.deepEqual(standing(repository), folders.slice(4));
});

Deno.test("a run that goes on stays, and comes to its end", async () => {
  await using repository = await makeRepository();
  const old = await makeRun(repository, 9);
  await using run = await detach(repository);
  await run.begun();
  const { code, stdout, stderr } = await runs(repository, "prune", "--keep", "0");
  assert.deepEqual([code, stdout], [0, `${basename(old)}\n`]);
  assert.match(stderr, /1 run kept, 1 of them going on or needed/);
  await run.letGo();
  assert.equal((await runs(repository, "wait", run.runId)).code, 0);
});

Deno.test("no link is followed: neither one in a run, nor one that stands for a run, nor one to all runs", async () => {
  await using repository = await makeRepository();
  const victim = join(repository.home, "20200101-000000000-worker-victim-0123abcd");
  await Deno.mkdir(victim);
  await Deno.writeTextFile(join(victim, "file"), "untouched");
  const old = await makeRun(repository, 9);
  await Deno.symlink(victim, join(old, "link"));
  await Deno.symlink(victim, join(repository.root, ".codex-dispatch/runs", basename(victim)));
  assert.equal((await runs(repository, "prune", "--keep", "0")).stdout, `${basename(old)}\n`);
  const folder = join(repository.root, ".codex-dispatch");
  for (const name of [folder, join(folder, "runs")]) {
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(join(repository.home, "elsewhere/runs"), { recursive: true });
    if (name !== folder) await Deno.mkdir(folder);
    await Deno.symlink(join(repository.home, name === folder ? "elsewhere" : "elsewhere/runs"), name);
    const refused = await runs(repository, "prune", "--keep", "0", "--workdir", repository.root);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /symbolic link/);
  }
  assert.equal(await Deno.readTextFile(join(victim, "file")), "untouched");
});

/** | arguments | what is said | */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /--keep N, --older-than 30d or --max-size/],
  [["--keep", ""], /--keep is ""/],
  [["--keep=-1"], /--keep is "-1"/],
  [["--older-than", "30"], /--older-than is "30"/],
  [["--max-size", "0MB"], /--max-size is "0MB"/],
];

for (const [args, said] of WRONG) {
  Deno.test(`prune ${args.join(" ")} is refused, and nothing goes`, async () => {
    await using repository = await makeRepository();
    await makeRun(repository, 9);
    const { code, stderr } = await runs(repository, "prune", ...args);
    assert.equal(code, 1);
    assert.match(stderr, said);
    assert.equal(standing(repository).length, 1);
  });
}

Deno.test("stats count the runs of a WORKDIR, with their times and tokens", async () => {
  await using repository = await makeRepository();
  await dispatchScripted(repository, repository.packet());
  await dispatchScripted(repository, repository.packet({ mode: "reviewer" }), {
    script: { action: "echo x >evil" },
  });
  await runs(repository, "reject", "last", "--reason", "It wrote.");
  await makeRun(repository, 9);
  const stats = JSON.parse((await runs(repository, "stats", "--json")).stdout);
  assert.deepEqual([stats.runs, stats.by_status, stats.by_mode, stats.by_review], [
    3,
    { accepted: 1, unreadable: 1, violation: 1 },
    { reviewer: 1, unknown: 1, worker: 1 },
    { none: 2, reject: 1 },
  ]);
  assert.deepEqual([stats.tokens.runs, stats.tokens.input_tokens, stats.durations.runs], [2, 20, 2]);
  assert.equal(JSON.parse((await runs(repository, "stats", "--json", "--since", "1d")).stdout).runs, 2);
  assert.match((await runs(repository, "stats")).stdout, /^3 runs\n\nstatus +accepted +1\n +unreadable +1\n/);
});

const PIPELINE = pipelineText(`  - id: verify
    mode: verifier
    objective: Prove it.
  - id: ask
    approve: May it go on?
  - id: again
    mode: verifier
    objective: Prove it again.
`);

Deno.test("the runs of a pipeline that waits for a person stay; an ended one goes with the last of its runs", async () => {
  await using given = await makePipelineCase({ verifier: [PASS] });
  const { repository, pipeline } = given;
  const waiting = await runPipelineFile(given, PIPELINE);
  assert.equal(waiting.state.status, "waiting");
  const folder = waiting.summary.pipeline_dir ?? "";
  const none = JSON.parse((await runs(repository, "prune", "--keep", "0", "--json")).stdout);
  assert.deepEqual([none.removed, none.removed_pipelines, none.needed], [[], [], 1]);
  const ended = await pipeline("resume", folder, "--approve");
  assert.equal(ended.code, 0, ended.stderr);
  const one = JSON.parse((await runs(repository, "prune", "--keep", "1", "--json")).stdout);
  assert.deepEqual([one.removed.length, one.removed_pipelines], [1, []]);
  const dry = JSON.parse((await runs(repository, "prune", "--keep", "0", "--json", "--dry-run")).stdout);
  const all = JSON.parse((await runs(repository, "prune", "--keep", "0", "--json")).stdout);
  assert.deepEqual({ ...dry, dry_run: false }, all);
  assert.deepEqual(all.removed_pipelines.map((each: { pipeline_dir: string }) => each.pipeline_dir), [
    folder,
  ]);
  await assert.rejects(Deno.lstat(folder), Deno.errors.NotFound);
  assert.deepEqual([...Deno.readDirSync(join(stateFolder(repository), "pipelines"))], []);
  assert.deepEqual(kept(repository), []);
});
