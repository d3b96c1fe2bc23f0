import assert from "node:assert/strict";
import { join } from "node:path";
import { appears, detach } from "../helpers/detaching.ts";
import { writePacket } from "../helpers/dispatching.ts";
import { USE_MACHINE_PATH } from "../helpers/lean_path.ts";
import { killProcesses, programCommand, programWords, runProgram, startProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { answerWith, commandEvents, scriptCodex } from "../helpers/scripted_codex.ts";

const LINUX = Deno.build.os === "linux";

Deno.test("--detach prints the run directory while Codex works, and the run goes on to its verdict", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository, { script: { action: "echo more >>src/one.txt" } });
  assert.match(run.outcome.stdout, /^\/.*\/\.codex-dispatch\/runs\/[^/\n]+\n$/);
  assert.match(run.outcome.stderr, /runs wait ".*\/runs\/[^"]+"\n$/);
  assert.match((await run.runs("list")).stdout, /^running /);
  await run.letGo();
  const waited = await run.runs("wait", "last", "--json");
  assert.equal(waited.code, 0, waited.stderr);
  const result = JSON.parse(waited.stdout);
  assert.deepEqual([result.run_id, result.run_dir, result.status], [run.runId, run.runDir, "accepted"]);
  const policy = JSON.parse(await Deno.readTextFile(join(run.runDir, "policy.json")));
  assert.deepEqual(policy.changes, [{ path: "src/one.txt", change: "modified", in_scope: true }]);
  assert.equal((await run.runs("verify", run.runId)).code, 0);
});

Deno.test("--detach --json prints the run and its log, and the log tells the run's progress", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository, {
    script: { events: commandEvents("make", 0) },
    args: ["--json"],
  });
  const { run_id: runId, run_dir: runDir, log } = JSON.parse(run.outcome.stdout);
  assert.equal(runDir.split("/").at(-1), runId);
  await run.letGo();
  assert.deepEqual(await run.runs("wait", runId), {
    code: 0,
    stdout: `${runDir}\n`,
    stderr: "codex-dispatch: accepted (exit 0)\n",
  });
  assert.match(
    await Deno.readTextFile(log),
    /^codex-dispatch: run directory .*codex: \$ make\n.*codex-dispatch: accepted \(exit 0\)\n$/s,
  );
});

Deno.test("a detached run has a session of its own, no terminal, and nothing that its caller had open", {
  ignore: !LINUX,
}, async () => {
  await using repository = await makeRepository();
  const codex = await scriptCodex(repository, { action: "exec sleep 30" });
  const file = await writePacket(repository, repository.packet());
  const { variables } = await programCommand();
  const line = ["--task", file, "--codex", codex, "--force", "--detach", "--quiet"];
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec 3>&1 4>&2; exec "$@"', "sh", ...await programWords(line, repository.env)],
    cwd: repository.root,
    env: { ...variables, ...repository.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    // It ends when nobody holds the pipes any longer.
    const { code, stdout } = await child.output();
    assert.equal(code, 0);
    const runId = new TextDecoder().decode(stdout).trimEnd().split("/").at(-1);
    const owner = await Deno.readTextFile(
      `${repository.env["XDG_STATE_HOME"]}/codex-dispatch/live/${runId}/owner`,
    );
    const [pid = ""] = owner.split("\n");
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const [, , , session, terminal] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    assert.deepEqual([session, terminal], [pid, "0"]);
  } finally {
    await killProcesses(repository.env);
  }
});

/** | what is wrong | packet | arguments | exit | what is said | */
const REFUSED: readonly (readonly [
  string,
  (repository: TestRepository) => string,
  readonly string[],
  number,
  RegExp,
])[] = [
  ["a bad flag", (each) => each.packet(), ["--timeout-sec", "0"], 1, /--timeout-sec is "0"/],
  ["a bad packet", (each) => each.packet({ scope: ["../x"] }), [], 1, /passes through/],
  ["a bad requirement", (each) => each.packet(), ["--require", "(("], 1, /\(\(/],
  ["no codex", (each) => each.packet(), ["--codex", "/nowhere/codex"], 2, /No program stands at/],
];

for (const [what, packet, args, exit, said] of REFUSED) {
  Deno.test(`--detach with ${what} is refused to the caller, and there is no run`, async () => {
    await using repository = await makeRepository();
    const codex = await scriptCodex(repository);
    const file = await writePacket(repository, packet(repository));
    const options = { env: repository.env, cwd: repository.root };
    const line = ["--task", file, "--codex", codex, "--force", ...args];
    const detached = await runProgram([...line, "--detach"], options);
    assert.deepEqual([detached.code, detached.stdout], [exit, ""]);
    assert.match(detached.stderr, said);
    assert.equal(detached.stderr, (await runProgram(line, options)).stderr);
    const json = await runProgram([...line, "--detach", "--json"], options);
    assert.deepEqual([json.code, JSON.parse(json.stdout).exit], [exit, exit]);
    const runs = await Deno.readDir(`${repository.root}/.codex-dispatch/runs`)[Symbol.asyncIterator]().next()
      .catch(() => ({ done: true }));
    assert.equal(runs.done, true);
  });
}

Deno.test("a packet on standard input, and its warnings, come through --detach", async () => {
  await using repository = await makeRepository();
  const codex = await scriptCodex(repository);
  const packet = repository.packet({ more: "REMARKS: none\n" });
  const options = { env: repository.env, cwd: repository.root };
  const { code, stdout, stderr } = await runProgram(
    ["dispatch", "-", "--codex", codex, "--force", "--detach", "--quiet"],
    { ...options, stdin: packet },
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warning: .*REMARKS/);
  assert.equal((await runProgram(["runs", "wait", stdout.trimEnd()], options)).code, 0);
  assert.equal(await Deno.readTextFile(join(stdout.trimEnd(), "task.md")), packet);
});

/** | what stands against the run | arrangement | kind of violation | */
const REFUSED_LATER: readonly (readonly [string, (repository: TestRepository) => Promise<void>, string])[] = [
  ["a dirty scope", (each) => each.write("src/one.txt", "dirty\n"), "dirty-overlap"],
  ["an index that git cannot read", (each) => each.write(".git/index", "no index"), "refused"],
];

for (const [what, arrange, kind] of REFUSED_LATER) {
  Deno.test(`what is found only in the work tree, ${what}, is the outcome of a detached run`, async () => {
    await using repository = await makeRepository();
    await arrange(repository);
    await using run = await detach(repository);
    const waited = await run.runs("wait", run.runDir, "--json");
    assert.equal(waited.code, 2, waited.stderr);
    assert.equal(JSON.parse(waited.stdout).status, "refused");
    const policy = JSON.parse(await Deno.readTextFile(join(run.runDir, "policy.json")));
    assert.deepEqual([policy.exit_code, policy.policy_violation, policy.scope_ok], [2, true, true]);
    assert.deepEqual(policy.violations.map((each: { kind: string }) => each.kind), [kind]);
    assert.equal((await run.runs("verify")).code, 0);
  });
}

/** | how Codex ends | script | exit | status | */
const ENDS = [
  ["oversteps its scope", { action: "echo x >README.md" }, 3, "violation"],
  ["says it is blocked", { answer: answerWith({ result: "blocked" }) }, 5, "blocked"],
  ["fails", { exit: 7 }, 5, "failed"],
] as const;

for (const [what, script, exit, status] of ENDS) {
  Deno.test(`runs wait exits as the dispatch would have: Codex ${what}`, async () => {
    await using repository = await makeRepository();
    await using run = await detach(repository, { script });
    const waiting = run.runs("wait", run.runId);
    await run.letGo();
    const { code, stdout, stderr } = await waiting;
    assert.deepEqual([code, stdout], [exit, `${run.runDir}\n`]);
    assert.match(stderr, new RegExp(`^codex-dispatch: ${status} \\(exit ${exit}\\)\n  [a-z-]+: `));
  });
}

Deno.test("a wait whose time is up exits 1 and leaves the run alone", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  const early = await run.runs("wait", run.runId, "--timeout-sec", "0.05", "--json");
  assert.equal(early.code, 1);
  assert.match(early.stderr, /not ended within 0\.05 s; the run goes on.*\nlast: codex/s);
  assert.deepEqual(JSON.parse(early.stdout), {
    run_id: run.runId,
    run_dir: run.runDir,
    status: "running",
    exit_code: null,
  });
  await run.letGo();
  assert.equal((await run.runs("wait", run.runId, "--timeout-sec", "100000000")).code, 0);
});

Deno.test("a whole id is found from anywhere, while the run goes on and when it has ended", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  const options = { env: repository.env, cwd: "/" };
  const waiting = runProgram(["runs", "wait", run.runId], options);
  await run.letGo();
  assert.deepEqual((await waiting).stdout, `${run.runDir}\n`);
  assert.equal((await runProgram(["runs", "verify", run.runId], options)).stdout, `${run.runId}: ok\n`);
  const part = await runProgram(["runs", "verify", run.runId.slice(0, -1)], options);
  assert.deepEqual([part.code, part.stdout], [1, ""]);
});

Deno.test("a wait that is interrupted leaves the run alone", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  await using waiting = await startProgram(["runs", "wait", run.runDir], {
    env: repository.env,
    cwd: repository.home,
  });
  // A signal before the program listens would end it, too.
  for (let ended = false; !ended;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    waiting.child.kill("SIGTERM");
    ended = await Promise.race([
      waiting.outcome.then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 1_000)),
    ]);
  }
  assert.equal((await waiting.outcome).code, 143);
  await run.letGo();
  assert.equal((await run.runs("wait", "last")).code, 0);
});

Deno.test("a run whose process was killed is interrupted: said at once, and never accepted", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  const waiting = run.runs("wait", run.runId);
  Deno.kill(await run.owner(), "SIGKILL");
  for (const { code, stdout, stderr } of [await waiting, await run.runs("wait", run.runId)]) {
    assert.deepEqual([code, stdout], [70, ""]);
    assert.match(stderr, /was interrupted: its process is gone.*Its log ends: codex/);
  }
  assert.match((await run.runs("list")).stdout, /^interrupted /);
});

Deno.test("a verdict that nobody sealed, or that was changed since, is not what a wait ends with", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.letGo();
  assert.equal((await run.runs("wait", run.runId)).code, 0);
  const file = join(run.runDir, "result.json");
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("As scripted", "As forged"));
  const forged = await run.runs("wait", run.runId);
  assert.equal(forged.code, 3);
  assert.match(forged.stderr, /result\.json changed since the run/);
  const seals = `${repository.env["XDG_STATE_HOME"]}/codex-dispatch/runs`;
  await Deno.remove(seals, { recursive: true });
  assert.equal((await run.runs("wait", run.runDir)).code, 70);
  await using failed = await detach(repository, { script: { exit: 7 } });
  await failed.letGo();
  assert.equal((await run.runs("wait", failed.runId)).code, 5);
  await Deno.remove(seals, { recursive: true });
  assert.equal((await run.runs("wait", failed.runDir)).code, 5);
});

Deno.test("cancel ends a detached run as SIGTERM does, with its artifacts", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository, { script: { action: "echo never >>src/one.txt" } });
  await run.begun();
  const cancelled = await run.runs("cancel", run.runId, "--json");
  assert.equal(cancelled.code, 0, cancelled.stderr);
  assert.deepEqual(JSON.parse(cancelled.stdout), {
    run_id: run.runId,
    run_dir: run.runDir,
    cancelled: true,
    status: "interrupted",
    exit_code: 143,
  });
  assert.equal((await run.runs("verify", run.runId)).code, 0);
  assert.equal((await run.runs("wait", run.runId)).code, 143);
  const again = await run.runs("cancel", run.runId);
  assert.deepEqual([again.code, again.stdout], [
    0,
    `${run.runId}: had ended already: interrupted (exit 143)\n`,
  ]);
});

Deno.test("cancel touches no later process that has the id of the run's", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository);
  await run.begun();
  const owner = await run.owner();
  // As if the run's own process were gone and another had taken its id.
  await Deno.writeTextFile(run.ownerFile, `${owner}\n12345\n`);
  const cancelled = await run.runs("cancel", run.runId, "--json");
  assert.deepEqual([cancelled.code, JSON.parse(cancelled.stdout).cancelled], [0, false]);
  assert.equal(Deno.kill(owner, "SIGCONT"), undefined);
  await run.letGo();
});

Deno.test("tail follows a detached run from its first event to its end", async () => {
  await using repository = await makeRepository();
  await using run = await detach(repository, { script: { events: commandEvents("make", 2) } });
  const tailing = run.runs("tail", run.runDir);
  await run.letGo();
  const { code, stdout, stderr } = await tailing;
  assert.equal(code, 0);
  assert.equal(stdout, "thread thread-1\n$ make\nexit 2: make\nturn completed\n");
  assert.match(stderr, /codex-dispatch: accepted \(exit 0\)\n$/);
  assert.equal((await run.runs("tail", "last")).stdout, stdout);
});

Deno.test("a detached run that has to wait for its work tree has its directory at once, and says what it waits for", async () => {
  await using repository = await makeRepository();
  await using first = await detach(repository, { args: ["--output-dir", `${repository.home}/first`] });
  await first.begun();
  await using second = await detach(repository);
  const early = await second.runs("wait", second.runDir, "--timeout-sec", "0.05");
  assert.equal(early.code, 1);
  const refused = await runProgram(
    ["--task", await writePacket(repository, repository.packet()), "--force", "--detach", "--no-wait"]
      .concat("--codex", await scriptCodex(repository)),
    { env: repository.env, cwd: repository.root },
  );
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  const { variables } = await programCommand();
  const [program = "", ...args] = await programWords(["runs", "tail", second.runDir], repository.env);
  await using tail = new Deno.Command(program, {
    args,
    env: { ...variables, ...repository.env },
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = tail.stderr.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await said.read()).value ?? "", /waiting/);
  await first.letGo();
  const ended = await second.runs("wait", first.runDir);
  assert.equal(ended.code, 0, ended.stderr);
  await second.letGo();
  assert.equal((await second.runs("wait", second.runDir)).code, 0);
  assert.match(await new Response(tail.stdout).text(), /^thread thread-1\n/);
  await said.cancel();
});

Deno.test("a detached run can be cancelled while it waits for its work tree", async () => {
  await using repository = await makeRepository();
  await using first = await detach(repository);
  await first.begun();
  await using second = await detach(repository);
  const cancelled = await second.runs("cancel", second.runId, "--json");
  assert.equal(cancelled.code, 0, cancelled.stderr);
  const { status, exit_code: exit } = JSON.parse(cancelled.stdout);
  assert.deepEqual([status, exit], ["interrupted", 143]);
  assert.equal((await second.runs("verify", second.runId)).code, 0);
  await first.letGo();
  const waited = await first.runs("wait", first.runId);
  assert.equal(waited.code, 0, waited.stderr);
});

/** A stand-in for Codex that is asked for its quota for a while, and then has nothing to say. */
async function slowQuota(repository: TestRepository): Promise<{ codex: string; asked: string; go: string }> {
  const [asked, go] = [join(repository.home, "asked"), join(repository.home, "go")];
  const codex = join(repository.home, "codex-slow");
  const real = await scriptCodex(repository, { action: `touch '${repository.home}/worked'` });
  const wait = `touch '${asked}'; while [ ! -e '${go}' ]; do sleep 0.02; done; exit 1`;
  const text =
    `#!/bin/sh\n${USE_MACHINE_PATH}\ncase "$1" in app-server) ${wait};; *) exec '${real}' "$@";; esac\n`;
  await Deno.writeTextFile(codex, text, { mode: 0o755 });
  return { codex, asked, go };
}

Deno.test("a signal to the caller before there is a run ends what it started, and there is none", async () => {
  await using repository = await makeRepository();
  const { codex, asked } = await slowQuota(repository);
  const file = await writePacket(repository, repository.packet());
  const options = { env: repository.env, cwd: repository.root };
  try {
    await using program = await startProgram(["--task", file, "--codex", codex, "--detach"], options);
    await appears(asked);
    program.child.kill("SIGINT");
    const { code, stdout } = await program.outcome;
    assert.deepEqual([code, stdout], [130, ""]);
    assert.match(
      (await runProgram(["runs", "list", "--workdir", repository.root], options)).stderr,
      /no runs/,
    );
  } finally {
    await killProcesses(repository.env);
  }
});

Deno.test("a run whose caller was killed before it could be told of it is interrupted", async () => {
  await using repository = await makeRepository();
  const { codex, asked, go } = await slowQuota(repository);
  const file = await writePacket(repository, repository.packet());
  const options = { env: repository.env, cwd: repository.root };
  try {
    await using program = await startProgram(["--task", file, "--codex", codex, "--detach"], options);
    await appears(asked);
    program.child.kill("SIGKILL");
    await program.outcome;
    await Deno.writeTextFile(go, "");
    const runs = `${repository.root}/.codex-dispatch/runs`;
    await appears(runs);
    while ([...Deno.readDirSync(runs)].length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const waited = await runProgram(["runs", "wait", "last"], options);
    assert.equal(waited.code, 143, waited.stderr);
    assert.equal(await Deno.lstat(`${repository.home}/worked`).catch(() => undefined), undefined);
  } finally {
    await killProcesses(repository.env);
  }
});
