import assert from "node:assert/strict";
import { ARTIFACT_NAMES, dispatchScripted, writePacket } from "../helpers/dispatching.ts";
import { denoVariables, programWords, runProgram, startProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { answerWith, commandEvents, scriptCodex } from "../helpers/scripted_codex.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

Deno.test("a worker inside its scope is accepted, and every artifact is there", async () => {
  await using repository = await makeRepository();
  const packet = repository.packet({ objective: "Write two." });
  const run = await dispatchScripted(repository, packet, {
    script: { action: "echo two >src/two.txt; echo noise >&2", events: commandEvents("make test", 0) },
  });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(
    [...Deno.readDirSync(run.runDir)].map(({ name }) => name).filter((name) => ARTIFACT_NAMES.includes(name))
      .sort(),
    ARTIFACT_NAMES,
  );
  assert.equal(await run.artifact("task.md"), packet);
  assert.match((await run.artifact("prompt.md")).split("\n")[0] ?? "", /worker/);
  assert.equal((await run.artifact("events.jsonl")).trimEnd().split("\n").length, 5);
  assert.equal(await run.artifact("stderr.txt"), "noise\n");
  assert.equal(await run.artifact("pre-status.txt"), "");
  assert.equal(await run.artifact("post-status.txt"), "?? src/two.txt\n");
  assert.match(await run.artifact("result.md"), /^RESULT: done\nMODE: worker\nPOLICY VIOLATION: False\n/);
  assert.deepEqual(run.policy.changes, [{ path: "src/two.txt", change: "added", in_scope: true }]);
  assert.deepEqual(run.result.commands, [{ command: "make test", exit_code: 0 }]);
  assert.deepEqual(
    [
      run.result.status,
      run.result.accepted,
      run.result.thread_id,
      run.result.codex_version,
      run.result.result,
    ],
    ["accepted", true, "thread-1", "0.0.0-scripted", "done"],
  );
  assert.deepEqual(run.result.usage, { input_tokens: 10, output_tokens: 5 });
});

/** | the walk-through of 0.1.1: a packet, --task, ls -t, result.md, policy.json | */
Deno.test("the predecessor's walk-through works, and without git init the refusal says what to do", async () => {
  await using repository = await makeRepository();
  const project = `${repository.home}/your-test-project`;
  await Deno.mkdir(project);
  const packet = `MODE: worker
WORKDIR: ${project}
OBJECTIVE: Cover the slug function of utils.py with a test.

WRITE SCOPE:
- tests/test_utils.py

NON-GOALS:
- Do not modify utils.py or anything outside of WRITE SCOPE.
- Do not install packages.

VERIFICATION:
- python -m pytest tests/test_utils.py -v

DELIVERABLE:
- A test that passes and covers: an empty string, spaces, special characters.
`;
  const task = await writePacket(repository, packet, "first-task.md");
  const codex = await scriptCodex(repository, {
    action: "mkdir -p tests; echo 'def test(): pass' >tests/test_utils.py",
  });
  const options = { env: repository.env, cwd: repository.home };
  const args = ["--task", task, "--codex", codex, "--force"];
  const refused = await runProgram(args, options);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /first-task\.md:2: error: WORKDIR .* is in no git work tree.*git init .*your-test-project/,
  );
  assert.equal(refused.stdout, "");

  await new Deno.Command("git", { args: ["init", "-q", project], env: repository.env }).output();
  const first = await runProgram(args, options);
  await repository.git("-C", project, "add", "--all");
  await repository.git("-C", project, "commit", "-qm", "first");
  const second = await runProgram(args, options);
  assert.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr);
  const listing = await new Deno.Command("sh", {
    args: ["-c", 'ls -t "$0"/.codex-dispatch/runs | head -1', project],
  }).output();
  const latest = new TextDecoder().decode(listing.stdout).trim();
  assert.equal(second.stdout, `${project}/.codex-dispatch/runs/${latest}\n`);
  const text = await Deno.readTextFile(`${project}/.codex-dispatch/runs/${latest}/result.md`);
  assert.match(text, /^RESULT: done$/m);
  const policy = JSON.parse(await Deno.readTextFile(`${project}/.codex-dispatch/runs/${latest}/policy.json`));
  assert.deepEqual([policy.policy_violation, policy.scope_ok, policy.exit_code], [false, true, 0]);
  assert.equal(await repository.git("-C", project, "status", "--short"), "");
});

Deno.test("a worker outside of its scope is a violation, whatever it claims", async () => {
  await using repository = await makeRepository();
  const run = await dispatchScripted(repository, repository.packet(), {
    script: {
      action: "echo x >>README.md; echo y >'new file.txt'",
      answer: answerWith({ summary: "Only src was touched." }),
    },
  });
  assert.equal(run.code, 3);
  assert.deepEqual(run.policy.violations.map(({ kind, path }) => [kind, path]), [
    ["out-of-scope", "README.md"],
    ["out-of-scope", "new file.txt"],
  ]);
  assert.deepEqual([run.policy.policy_violation, run.policy.scope_ok, run.result.accepted], [
    true,
    false,
    false,
  ]);
  assert.match(run.stderr, /out-of-scope: "README\.md" was changed outside of WRITE SCOPE/);
});

for (const mode of ["verifier", "reviewer", "synthesizer"] as const) {
  Deno.test(`a ${mode} that writes is a violation, one that does not is accepted`, async () => {
    await using repository = await makeRepository();
    const writes = await dispatchScripted(repository, repository.packet({ mode }), {
      script: { action: "echo x >src/new" },
    });
    assert.deepEqual([writes.code, writes.policy.violations.map(({ kind }) => kind)], [3, ["read-only"]]);
    await Deno.remove(`${repository.root}/src/new`);
    assert.equal((await dispatchScripted(repository, repository.packet({ mode }))).code, 0);
  });
}

Deno.test("a dirty scope is refused before Codex is started, with a run directory; three ways accept it", async () => {
  await using repository = await makeRepository();
  await repository.write("src/one.txt", "changed\n");
  const script = { action: "touch started" };
  const refused = await dispatchScripted(repository, repository.packet(), { script });
  assert.deepEqual(
    [refused.code, refused.result.status, refused.policy.dirty_overlap, refused.policy.policy_violation],
    [2, "refused", ["src/one.txt"], true],
  );
  await assert.rejects(Deno.lstat(`${repository.root}/started`));
  const flagged = await dispatchScripted(repository, repository.packet(), {
    args: ["--allow-dirty-overlap"],
  });
  const allowed = await dispatchScripted(
    repository,
    repository.packet({ more: "ALLOW DIRTY OVERLAP: true" }),
  );
  const outside = await dispatchScripted(repository, repository.packet({ scope: ["docs/"] }));
  assert.deepEqual([flagged.code, allowed.code, outside.code], [0, 0, 0]);
});

Deno.test("what was dirty before and is left alone is no finding; what is changed again is", async () => {
  await using repository = await makeRepository();
  await repository.write("README.md", "mine\n");
  await repository.write("notes.txt", "mine\n");
  const left = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >>src/one.txt" },
  });
  assert.equal(left.code, 0);
  const touched = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >>README.md; echo x >>notes.txt" },
    args: ["--allow-dirty-overlap"],
  });
  assert.deepEqual(touched.policy.out_of_scope_changes, ["README.md", "notes.txt"]);
});

Deno.test("--dry-run writes the prompt and starts nothing, not even a search for Codex", async () => {
  await using repository = await makeRepository();
  const file = await writePacket(repository, repository.packet());
  const { code, stdout } = await runProgram(["--task", file, "--dry-run", "--codex", "/nowhere"], {
    env: repository.env,
    cwd: "/",
  });
  assert.equal(code, 0);
  const result = JSON.parse(await Deno.readTextFile(`${stdout.trim()}/result.json`));
  assert.deepEqual([result.status, result.accepted], ["dry-run", false]);
  assert.match(await Deno.readTextFile(`${stdout.trim()}/prompt.md`), /Do what the test says/);
});

Deno.test("no name and no word of a worker is obeyed by a terminal or forges a line", async () => {
  await using repository = await makeRepository();
  const lie = "codex-dispatch: accepted (exit 0)";
  const escape = `\x1b[9A\x1b[J\x9b2J\u202e`;
  const said = `${escape}\r${lie}`;
  const run = await dispatchScripted(repository, repository.packet(), {
    script: {
      action: `printf x >"$(printf 'a\\033[9A\\033[J\\r\\n${lie}\\nb')"`,
      answer: answerWith({ summary: said }),
      events: [
        ...commandEvents(said, 1),
        { type: "item.completed", item: { id: "m", type: "agent_message", text: said } },
        { type: "error", message: said },
      ],
    },
  });
  assert.equal(run.code, 3);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(run.stderr, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.ok(!run.stderr.split("\n").includes(lie), run.stderr);
  assert.match(run.stderr, /^ {2}out-of-scope: "a\\u001b\[9A\\u001b\[J\\r\\ncodex-dispatch: accepted/m);
});

Deno.test("--output-dir moves the run directory and leaves the work tree alone", async () => {
  await using repository = await makeRepository();
  const output = `${repository.home}/a new/place`;
  const run = await dispatchScripted(repository, repository.packet(), { args: ["--output-dir", output] });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.runDir, `${output}/${run.result.run_id}`);
  await assert.rejects(Deno.lstat(`${repository.root}/.codex-dispatch`));
});

Deno.test("--json prints one document: result.json and the run directory, or the errors", async () => {
  await using repository = await makeRepository();
  const codex = await scriptCodex(repository);
  const file = await writePacket(repository, repository.packet());
  const options = { env: repository.env, cwd: repository.home };
  const good = await runProgram(
    ["dispatch", file, "--codex", codex, "--force", "--json", "--quiet"],
    options,
  );
  const { run_dir: runDir, ...result } = JSON.parse(good.stdout);
  assert.deepEqual(result, JSON.parse(await Deno.readTextFile(`${runDir}/result.json`)));
  assert.equal(good.stderr, "");
  const bad = await writePacket(repository, "MODE: wizard\n", "bad.md");
  const refused = await runProgram(["--task", bad, "--json"], options);
  const document = JSON.parse(refused.stdout);
  assert.deepEqual([document.ok, document.exit, document.errors[0].line, document.errors[0].file], [
    false,
    1,
    1,
    bad,
  ]);
  assert.ok(document.errors.length >= 7);
  const flag = await runProgram(["--task", file, "--json", "--no-such-flag"], options);
  assert.deepEqual([flag.code, JSON.parse(flag.stdout).exit], [1, 1]);
});

Deno.test("the packet can come by standard input", async () => {
  await using repository = await makeRepository();
  const codex = await scriptCodex(repository);
  const args = ["--task", "-", "--codex", codex, "--force"];
  const { code, stderr } = await runProgram(args, {
    env: repository.env,
    cwd: "/",
    stdin: repository.packet(),
  });
  assert.equal(code, 0, stderr);
});

/** In sh, with `d` for codex-dispatch and `$P` for a packet: names of what the shell opened, as `<(…)` makes them too. */
const DESCRIPTORS: readonly string[] = [
  'cat "$P" | d --task /dev/stdin --force',
  'cat "$P" | d --task /proc/self/fd/0 --force',
  'd --task /dev/fd/7 --force 7<"$P"',
  'cat "$P" | d --task /dev/fd/7 --force 7<&0 </dev/null',
  'run=$(d --task /dev/fd/7 --force --detach 7<"$P") && d runs wait "$run"',
];

for (const line of DESCRIPTORS) {
  Deno.test(`the packet can come by a descriptor: ${line}`, async () => {
    await using repository = await makeRepository();
    const { code, stderr } = await runInShell(repository, line);
    assert.equal(code, 0, stderr);
  });
}

/** | what is given as a packet | as above | */
const ENDLESS: readonly (readonly [string, string])[] = [
  ["a device", "d --task /dev/zero"],
  ["a stream", "cat /dev/zero | d --task -"],
  ["a descriptor", "cat /dev/zero | d --task /dev/fd/7 7<&0 </dev/null"],
  ["a file of gigabytes", 'truncate -s 3G "$P" && d --task "$P"'],
];

for (const [what, line] of ENDLESS) {
  Deno.test(`${what} is refused as a packet that is too long, and is not read to its end`, async () => {
    await using repository = await makeRepository();
    const { code, stderr } = await runInShell(repository, line);
    assert.equal(code, 1);
    assert.match(stderr, /more than 4,000,003 bytes; Codex takes 1,000,000/);
  });
}

async function runInShell(
  repository: TestRepository,
  line: string,
): Promise<{ code: number; stderr: string }> {
  const env = { ...repository.env, CODEX_DISPATCH_CODEX: await scriptCodex(repository) };
  const words = (await programWords([], env)).map(shellQuoted).join(" ");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `d() { ${words} "$@"; }; ${line}`],
    env: { ...env, ...await denoVariables(), P: await writePacket(repository, repository.packet()) },
    cwd: repository.root,
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("a packet keeps its bytes in task.md: mark, carriage returns and all", async () => {
  await using repository = await makeRepository();
  const packet = `\uFEFF${repository.packet()}`.replaceAll("\n", "\r\n");
  const run = await dispatchScripted(repository, packet);
  assert.equal(run.code, 0, run.stderr);
  const bytes = await Deno.readFile(`${run.runDir}/task.md`);
  assert.deepEqual(bytes, new TextEncoder().encode(packet));
});

/** | what Codex does | kind of violation | */
const FAILURES: readonly (readonly [string, Parameters<typeof scriptCodex>[1], string])[] = [
  ["exits with 1", { exit: 1 }, "codex-failed"],
  ["leaves no answer", { answer: null }, "answer-missing"],
  ["answers in prose", { answer: null, action: 'echo done >"$ANSWER"' }, "answer-invalid"],
  ["answers in an older form", { answer: { result: "done", summary: "" } }, "answer-invalid"],
  ["says that it is blocked", { answer: answerWith({ result: "blocked" }) }, "answer-blocked"],
];

for (const [what, script, kind] of FAILURES) {
  Deno.test(`a Codex that ${what} ends the run with 5 and ${kind}`, async () => {
    await using repository = await makeRepository();
    const run = await dispatchScripted(
      repository,
      repository.packet(),
      script === undefined ? {} : { script },
    );
    assert.deepEqual(
      [
        run.code,
        run.policy.violations.map((violation) => violation.kind),
        run.policy.policy_violation,
        run.policy.scope_ok,
      ],
      [5, [kind], true, true],
    );
  });
}

Deno.test("--require and --require-verdict end an accepted run with 4", async () => {
  await using repository = await makeRepository();
  const script = { answer: answerWith({ verdict: "fail" }) };
  const verdict = await dispatchScripted(repository, repository.packet(), {
    script,
    args: ["--require-verdict", "pass"],
  });
  assert.deepEqual([verdict.code, verdict.result.accepted, verdict.policy.policy_violation], [
    4,
    false,
    false,
  ]);
  const expression = await dispatchScripted(repository, repository.packet(), {
    script,
    args: ["--require", "answer.verdict == 'fail'"],
  });
  assert.equal(expression.code, 0, expression.stderr);
});

Deno.test("a change that is waived is listed and not counted", async () => {
  await using repository = await makeRepository();
  const packet = repository.packet({ more: "WAIVE:\n- docs/** — the editor rebuilds them" });
  const script = { action: "mkdir docs; echo x >docs/a; echo x >log.txt" };
  const run = await dispatchScripted(repository, packet, { script, args: ["--waive", "*.txt"] });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.policy.waived, [
    { path: "docs/a", reason: "the editor rebuilds them" },
    { path: "log.txt", reason: "--waive" },
  ]);
});

Deno.test("the silence of a Codex that does nothing ends by the heartbeat; its group is gone", async () => {
  await using repository = await makeRepository();
  const script = { action: 'echo $$ >"$HOME/pid"; exec sleep 60' };
  const run = await dispatchScripted(repository, repository.packet(), {
    script,
    args: ["--heartbeat-sec", "1"],
  });
  assert.deepEqual([run.code, run.policy.watchdog_killed, run.policy.codex_exit_code], [5, true, null]);
  assert.match(run.policy.watchdog_reason ?? "", /no sign of life for 1 s/);
});

/** | what Codex says before it falls silent | the reason for which it is ended | */
const SILENCES: readonly (readonly [string, readonly unknown[], RegExp])[] = [
  [
    "that a command runs",
    commandEvents("sleep 60", 0).slice(0, 1),
    /^the command "sleep 60" ran for 2 s, its limit$/,
  ],
  [
    "that a command ran",
    commandEvents("make", 0),
    /^no sign of life for 1 s \(heartbeat\); no command was running$/,
  ],
  [
    "that one ran, and another one runs",
    [...commandEvents("make", 0), ...commandEvents("make test", 0).slice(0, 1)],
    /^the command "make test" ran for 2 s, its limit$/,
  ],
];

for (const [what, events, reason] of SILENCES) {
  Deno.test(`the silence after Codex said ${what} has its limit`, async () => {
    await using repository = await makeRepository();
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    await repository.write("src/said", text);
    const run = await dispatchScripted(repository, repository.packet({ scope: ["src/"] }), {
      script: { action: "cat src/said; exec sleep 60" },
      args: ["--heartbeat-sec", "1", "--command-sec", "2", "--allow-dirty-overlap"],
    });
    assert.equal(run.code, 5, run.stderr);
    assert.match(run.policy.watchdog_reason ?? "", reason);
  });
}

Deno.test("a Codex that only tries to reach its server again and again ends by the heartbeat", async () => {
  await using repository = await makeRepository();
  const event = '{"type":"error","message":"Reconnecting... waiting for network"}';
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: `while :; do echo '${event}'; sleep 0.1; done` },
    args: ["--heartbeat-sec", "1"],
  });
  assert.deepEqual([run.code, run.policy.watchdog_killed], [5, true]);
  assert.match(
    run.policy.watchdog_reason ?? "",
    /^no sign of life for 1 s \(heartbeat\); Codex was trying to reach its server: Reconnecting/,
  );
});

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} ends Codex, and the artifacts say interrupted`, async () => {
    await using repository = await makeRepository();
    const started = `${repository.home}/started`;
    const codex = await scriptCodex(repository, { action: `touch '${started}'; sleep 60` });
    const file = await writePacket(repository, repository.packet());
    const args = ["--task", file, "--codex", codex, "--force"];
    await using program = await startProgram(args, { env: repository.env, cwd: repository.home });
    while (!await Deno.lstat(started).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    program.child.kill(signal);
    const { code, stdout } = await program.outcome;
    assert.equal(code, exit);
    const policy = JSON.parse(await Deno.readTextFile(`${stdout.trim()}/policy.json`));
    assert.deepEqual([policy.violations[0].kind, policy.exit_code, policy.policy_violation], [
      "interrupted",
      exit,
      true,
    ]);
  });
}

Deno.test("whatever a worker does to its run directory, the artifacts say what was seen", async () => {
  await using repository = await makeRepository();
  const inRun = "cd .codex-dispatch/runs/*/ && ";
  const actions = [
    `${inRun} rm -rf "$PWD"`,
    `${inRun} echo forged >events.jsonl; echo '{}' >policy.json; echo forged >pre-status.txt`,
    `${inRun} d=$PWD; cd /; rm -rf "$d"; ln -s "$HOME" "$d"`,
    `rm -rf .codex-dispatch; ln -s "$HOME" .codex-dispatch`,
    `rm -rf .codex-dispatch; echo >.codex-dispatch`,
  ];
  for (const action of actions) {
    const before = [...Deno.readDirSync(repository.home)].length;
    const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
    assert.equal(run.policy.run_dir, run.runDir, action);
    assert.match(await run.artifact("events.jsonl"), /^\{"type":"thread\.started"/, action);
    assert.doesNotMatch(await run.artifact("pre-status.txt"), /forged/, action);
    // The packet, the scripted Codex and its prompt are what each round adds; nothing else was written there.
    assert.equal([...Deno.readDirSync(repository.home)].length, before + 3, action);
    await Deno.remove(`${repository.root}/.codex-dispatch`, { recursive: true });
  }
});
