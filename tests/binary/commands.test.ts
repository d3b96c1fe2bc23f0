import assert from "node:assert/strict";
import { dispatchScripted, writePacket } from "../helpers/dispatching.ts";
import { programCommand, programWords, runProgram, startProgram } from "../helpers/program.ts";
import { recordTerminal } from "../../scripts/record_terminal.ts";
import { makeRepository } from "../helpers/repository.ts";
import { commandEvents, scriptCodex } from "../helpers/scripted_codex.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: "/" };

Deno.test("--help names the commands, the flags and the exit statuses", async () => {
  const { code, stdout } = await runProgram(["--help"], { env: ENV, cwd: "/" });
  assert.equal(code, 0);
  for (
    const part of [
      "--task <packet>",
      "packet",
      "runs",
      "quota",
      "demo",
      "--timeout-sec",
      "143  stopped by SIGTERM",
    ]
  ) {
    assert.ok(stdout.includes(part), `${part} is missing`);
  }
  assert.doesNotMatch(stdout, /^ {2}stand-in/m);
});

/** | arguments | what the error says | */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /Nothing to do/],
  [["--task"], /argument missing/],
  [["--tsk", "x"], /unknown option '--tsk'.*Did you mean --task/s],
  [["dispach", "x"], /unknown command 'dispach'|too many arguments/],
  [["runs", "lst"], /unknown command 'lst' \(Did you mean list\?\)\. See codex-dispatch runs --help$/m],
  [
    ["runs", "accept", "--reason", "x"],
    /missing required argument 'id'\. See codex-dispatch runs accept --help$/m,
  ],
  [["runs", "show", "a", "b"], /got 2: a, b\. See codex-dispatch runs show --help$/m],
  [["--task", "/nowhere/x.md"], /"\/nowhere\/x\.md" cannot be read/],
  [["packet", "new", "--mode", "workr"], /Did you mean worker/],
  [["packet", "new"], /required option '--mode/],
  [["runs", "list"], /holds \.codex-dispatch\/runs/],
  [["--task", "x", "--ignore-status-prefix", "docs/"], /--waive "docs\/\*\*"/],
  [["--task", "x", "--timeout-sec", "0"], /--timeout-sec is "0"/],
  [["--task", "x", "--codex-config", "novalue"], /KEY=VALUE/],
  [["--task", "x", "--require-verdict", "good"], /--require-verdict is "good"/],
  [["--task", "x", "--output-dir", ""], /--output-dir is empty\. Give it a value, or leave it out\./],
  [["--task", "x", "--codex="], /--codex is empty/],
  [["--task", "x", "--model", ""], /--model is empty/],
  [["--task", "x", "--effort", ""], /--effort is empty/],
  [["--task", "x", "--profile", ""], /--profile is empty/],
];

for (const [args, message] of WRONG) {
  Deno.test(`"${args.join(" ")}" is refused with exit 1 and a sentence`, async () => {
    const { code, stdout, stderr } = await runProgram(args, { env: ENV, cwd: "/" });
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.equal(stdout, "");
  });
}

Deno.test("all that is wrong with the flags of a dispatch is said at once", async () => {
  const args = ["--task", "x", "--timeout-sec", "0", "--quota-gate", "101", "--command-sec=", "--model="];
  const more = ["--require-verdict", "good", "--codex-config", "a", "--codex-config", "b", "--json"];
  const env = { ...ENV, CODEX_DISPATCH_HEARTBEAT_SEC: "-1" };
  const { code, stdout } = await runProgram([...args, ...more], { env, cwd: "/" });
  assert.equal(code, 1);
  const told: { readonly message: string }[] = JSON.parse(stdout).errors;
  assert.deepEqual(told.map(({ message }) => message.split(" is ")[0]), [
    "--model",
    "--require-verdict",
    "--codex-config",
    "--codex-config",
    "--timeout-sec",
    "CODEX_DISPATCH_HEARTBEAT_SEC",
    "--command-sec",
    "--quota-gate",
  ]);
});

Deno.test("an empty variable for a limit is refused by name", async () => {
  const env = { ...ENV, CODEX_DISPATCH_TIMEOUT_SEC: "" };
  const { code, stderr } = await runProgram(["--task", "x"], { env, cwd: "/" });
  assert.equal(code, 1);
  assert.match(stderr, /CODEX_DISPATCH_TIMEOUT_SEC is ""/);
});

Deno.test("a new packet, once it is filled in, passes the check", async () => {
  await using repository = await makeRepository();
  const options = { env: repository.env, cwd: repository.root };
  const fresh = await runProgram(["packet", "new", "--mode", "reviewer"], options);
  assert.equal(fresh.code, 0);
  const good = await writePacket(repository, fresh.stdout.replace(/<[^>]+>/g, "something"));
  assert.deepEqual(await runProgram(["packet", "check", good], options), {
    code: 0,
    stdout: `${good}: ok\n`,
    stderr: "",
  });
});

Deno.test("packet check tells all errors of all files at once, with their lines", async () => {
  await using repository = await makeRepository();
  const good = await writePacket(repository, repository.packet(), "good.md");
  const bad = await writePacket(
    repository,
    repository.packet({ scope: ["../x"] }).replace("NON-GOALS", "NON-GOALZ"),
    "bad.md",
  );
  const options = { env: repository.env, cwd: repository.root };
  const { code, stdout, stderr } = await runProgram(["packet", "check", good, bad, "/nowhere.md"], options);
  assert.deepEqual([code, stdout], [1, `${good}: ok\n`]);
  assert.match(stderr, /bad\.md:8: error: Unknown field "NON-GOALZ"\. Did you mean "NON-GOALS"/);
  assert.match(stderr, /bad\.md:6: error: Entry "\.\.\/x" at line 6 passes through/);
  assert.match(stderr, /bad\.md: error: Required field "NON-GOALS" is missing/);
  assert.match(stderr, /"\/nowhere\.md" cannot be read/);
});

Deno.test("on a terminal messages are broken between words, elsewhere not at all", {
  // `script` has the options of Linux.
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using repository = await makeRepository();
  const file = await writePacket(repository, repository.packet({ scope: ["../elsewhere"] }), "bad.md");
  const { variables } = await programCommand();
  const words = await programWords(["packet", "check", "bad.md"], repository.env);
  const command = `${words.map((word) => `'${word}'`).join(" ")} || true`;
  const { lines } = await recordTerminal(command, {
    columns: 60,
    rows: 20,
    cwd: repository.home,
    env: { ...variables, ...repository.env },
  });
  const { stderr } = await runProgram(["packet", "check", file], {
    env: repository.env,
    cwd: repository.home,
  });
  const said = stderr.slice(stderr.indexOf(": error: ")).trimEnd();
  assert.ok(!said.includes("\n") && said.length > 100, stderr);
  const shown = lines.map(({ versions }) => versions.at(-1)?.text.trimEnd() ?? "").filter((line) =>
    line !== ""
  );
  assert.ok(shown.length > 1 && shown.slice(1).every((line) => /^ {2}\S/.test(line)), shown.join("\n"));
  assert.ok(shown.map((line) => line.trim()).join(" ").endsWith(said), shown.join("\n"));
});

Deno.test("without git, and without codex, the run is refused with exit 2 and the remedy", async () => {
  await using repository = await makeRepository();
  const file = await writePacket(repository, repository.packet());
  const empty = `${repository.home}/empty`;
  await Deno.mkdir(empty);
  const noGit = await runProgram(["--task", file, "--force"], {
    env: { ...repository.env, PATH: empty },
    cwd: "/",
  });
  assert.equal(noGit.code, 2);
  assert.match(noGit.stderr, /git was not found on PATH/);
  const git = new TextDecoder().decode(
    (await new Deno.Command("sh", { args: ["-c", "command -v git"] }).output()).stdout,
  ).trim();
  await Deno.symlink(git, `${empty}/git`);
  const noCodex = await runProgram(["--task", file, "--force"], {
    env: { ...repository.env, PATH: empty },
    cwd: "/",
  });
  assert.equal(noCodex.code, 2);
  assert.match(noCodex.stderr, /codex was not found on PATH.*npm install/);
});

Deno.test("runs list, show and tail tell of past runs, from any folder below WORKDIR", async () => {
  await using repository = await makeRepository();
  const script = { events: commandEvents("make test", 2) };
  const first = await dispatchScripted(repository, repository.packet({ objective: "first task" }), {
    script,
  });
  const second = await dispatchScripted(
    repository,
    repository.packet({ mode: "verifier", objective: "second task" }),
    {
      script: { action: "touch evil" },
    },
  );
  const options = { env: repository.env, cwd: `${repository.root}/src` };
  const list = await runProgram(["runs", "list"], options);
  assert.match(list.stdout, /^violation .*verifier-second-task-\w+\naccepted .*worker-first-task-\w+\n$/);
  const json = JSON.parse((await runProgram(["runs", "list", "--json", "--limit", "1"], options)).stdout);
  assert.deepEqual(json.runs.map((run: { id: string }) => run.id), [second.result.run_id]);
  const last = await runProgram(["runs", "show"], options);
  assert.match(last.stdout, /^RESULT: done\nMODE: verifier\nPOLICY VIOLATION: True\n/);
  const shown = JSON.parse((await runProgram(["runs", "show", "first-task", "--json"], options)).stdout);
  assert.deepEqual(shown.policy, first.policy);
  const tail = await runProgram(["runs", "tail", "first-task"], options);
  assert.match(tail.stdout, /\$ make test\nexit 2: make test\n/);
  const raw = await runProgram(["runs", "tail", "first-task", "--raw"], options);
  assert.equal(raw.stdout, await first.artifact("events.jsonl"));
  const several = await runProgram(["runs", "show", "task"], options);
  assert.equal(several.code, 1);
  assert.match(several.stderr, /fits 2 runs/);
  assert.equal((await runProgram(["runs", "show", "third"], options)).code, 1);
});

Deno.test("a run that goes on is shown as running, and tail follows it to its end", async () => {
  await using repository = await makeRepository();
  const [started, go] = [`${repository.home}/started`, `${repository.home}/go`];
  const wait = `touch '${started}'; while [ ! -e '${go}' ]; do sleep 0.05; done`;
  const codex = await scriptCodex(repository, { action: wait, events: commandEvents("late", 0) });
  const file = await writePacket(repository, repository.packet());
  const options = { env: repository.env, cwd: repository.root };
  await using program = await startProgram(["--task", file, "--codex", codex, "--force"], options);
  while (!await Deno.lstat(started).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.match((await runProgram(["runs", "list"], options)).stdout, /^running /);
  const tail = runProgram(["runs", "tail"], options);
  await Deno.writeTextFile(go, "");
  assert.match((await tail).stdout, /exit 0: late\nturn completed\n$/);
  assert.equal((await program.outcome).code, 0);
});

Deno.test("a run whose wrapper was killed is interrupted, and never accepted", async () => {
  await using repository = await makeRepository();
  const started = `${repository.home}/started`;
  const codex = await scriptCodex(repository, { action: `echo $$ >'${started}'; exec sleep 2` });
  const file = await writePacket(repository, repository.packet());
  const options = { env: repository.env, cwd: repository.root };
  await using program = await startProgram(["--task", file, "--codex", codex, "--force"], options);
  while (!await Deno.lstat(started).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  program.child.kill("SIGKILL");
  await program.outcome;
  const { stdout } = await runProgram(["runs", "list", "--json"], options);
  assert.deepEqual(JSON.parse(stdout).runs.map((run: { status: string }) => run.status), ["interrupted"]);
  const shown = JSON.parse((await runProgram(["runs", "show", "--json"], options)).stdout);
  assert.deepEqual([shown.policy.policy_violation, shown.result.accepted], [true, false]);
});

Deno.test("the demo shows a change that passes, one that is caught and one that is mended, and leaves nothing behind", async () => {
  const temporary = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runProgram(["demo"], {
      env: { ...ENV, TMPDIR: temporary },
      cwd: "/",
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /scripted stand-in/);
    assert.match(stdout, /implement +passed.*\n +checks +passed.*\n +verify +passed +verdict pass/);
    assert.match(stdout, /implement +violated.*\n +checks +skipped/);
    assert.match(stdout, /checks +passed +round 2/);
    assert.match(stderr, /"docs\/usage\.md" was changed outside of WRITE SCOPE/);
    assert.match(stdout, /Every verdict was the one to be expected\.\n$/);
    assert.deepEqual([...Deno.readDirSync(temporary)], []);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
});
