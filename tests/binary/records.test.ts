import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { commandEvents } from "../helpers/scripted_codex.ts";

/** What stands in a run directory while Codex runs. */
const BEFORE = [
  "events.jsonl",
  "policy.json",
  "pre-diff-stat.txt",
  "pre-status.txt",
  "prompt.md",
  "result.json",
  "result.md",
  "task.md",
];
const AT_THE_END = [...BEFORE, "changes.patch", "post-diff-stat.txt", "post-status.txt", "stderr.txt"].sort();

const OWN_RUN = `run=$(echo "$PWD"/.codex-dispatch/runs/*)`;

interface Round extends AsyncDisposable {
  readonly repository: TestRepository;
  readonly run: Dispatched;
  /** Paths of `record-tampered`, from the run directory where they lie in it; sorted. */
  readonly named: readonly string[];
}

/** A worker that edits its scope, and then does something to the records. What came of the run must be the truth. */
async function tamper(action: string, args: readonly string[] = []): Promise<Round> {
  const repository = await makeRepository();
  try {
    await repository.write("../home/victim", "untouched\n");
    const packet = repository.packet({ objective: "Add a line." });
    const run = await dispatchScripted(repository, packet, {
      script: {
        action: `echo more >>src/one.txt; echo noise >&2\n${OWN_RUN}\n${action}`,
        events: commandEvents("make", 0),
      },
      args,
    });
    await assertTruth({ repository, run }, packet);
    const own = `${relative(repository.root, run.runDir)}/`;
    const named = run.policy.violations.filter(({ kind }) => kind === "record-tampered").map((
      { path = "" },
    ) => path.startsWith(own) ? path.slice(own.length) : path);
    return {
      repository,
      run,
      named: named.sort(),
      [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
    };
  } catch (error) {
    await repository[Symbol.asyncDispose]();
    throw error;
  }
}

/** Every artifact says what was seen, in a folder of its own and of nothing else; nothing was written elsewhere. */
async function assertTruth(
  { repository, run }: Pick<Round, "repository" | "run">,
  packet: string,
): Promise<void> {
  const { policy, result, artifact } = run;
  const entries = [...Deno.readDirSync(run.runDir)];
  assert.deepEqual(entries.map(({ name }) => name).sort(), AT_THE_END);
  assert.ok(entries.every(({ isFile }) => isFile), "an artifact is no regular file");
  assert.equal(await Deno.realPath(run.runDir), run.runDir);
  assert.deepEqual([policy.run_dir, policy.run_id, policy.exit_code], [run.runDir, result.run_id, run.code]);
  assert.deepEqual([result.exit_code, result.accepted], [run.code, run.code === 0]);
  assert.deepEqual(policy.changes.filter(({ in_scope }) => in_scope), [
    { path: "src/one.txt", change: "modified", in_scope: true },
  ]);
  assert.deepEqual(result.commands, [{ command: "make", exit_code: 0 }]);
  assert.equal(await artifact("task.md"), packet);
  assert.match(await artifact("prompt.md"), /Add a line\./);
  assert.match(
    await artifact("events.jsonl"),
    /^\{"type":"thread\.started".*\n(?:\{.*\}\n){3}\{"type":"turn\.completed".*\n$/,
  );
  assert.equal(await artifact("stderr.txt"), "noise\n");
  assert.deepEqual([await artifact("pre-status.txt"), await artifact("pre-diff-stat.txt")], ["", ""]);
  assert.match(await artifact("post-status.txt"), /^ M src\/one\.txt$/m);
  assert.match(await artifact("changes.patch"), /^\+more$/m);
  const verdict = run.code === 0 ? "False" : "True";
  assert.match(
    await artifact("result.md"),
    new RegExp(`^RESULT: done\\nMODE: worker\\nPOLICY VIOLATION: ${verdict}\\n`),
  );
  const home = [...Deno.readDirSync(repository.home)].map(({ name }) => name).filter((name) =>
    !/^(?:codex-|\.gitconfig$|[0-9a-f]{8}\.md$)/.test(name)
  );
  // What the worker itself moved there is in folders of that name.
  assert.deepEqual(home.filter((name) => !name.startsWith("moved")), ["victim"]);
  assert.equal(await Deno.readTextFile(join(repository.home, "victim")), "untouched\n");
}

Deno.test("a worker that leaves the records alone is accepted", async () => {
  await using round = await tamper(":");
  assert.deepEqual([round.run.code, round.run.policy.violations], [0, []]);
});

/** | what is done to every file of the own run | shell commands, for each `$f` | */
const TO_EACH_FILE: readonly (readonly [string, string])[] = [
  ["appended to", 'echo forged >>"$f"'],
  ["emptied", ': >"$f"; echo >>"$f"'],
  ["deleted", 'rm "$f"'],
  ["replaced by another file", 'echo forged >"$f.new"; mv "$f.new" "$f"'],
  ["replaced by a link out of the repository", 'ln -sf "$HOME/victim" "$f"'],
  ["replaced by a hard link", 'ln -f "$HOME/victim" "$f"'],
  ["replaced by a link into nowhere", 'ln -sf "$HOME/new" "$f"'],
  ["replaced by a folder", 'rm "$f"; mkdir "$f"; echo x >"$f/x"'],
  ["replaced by a pipe", 'rm "$f"; mkfifo "$f"'],
  ["replaced by a link to itself", 'rm "$f"; ln -s "$f" "$f"'],
];

for (const [what, command] of TO_EACH_FILE) {
  Deno.test(`files of the own run, ${what}: each is named, each is written anew`, async () => {
    await using round = await tamper(`cd "$run"; for f in *; do ${command}; done`);
    assert.deepEqual(round.named, BEFORE);
    assert.equal(round.run.code, 3);
  });
}

Deno.test("a verdict forged into the own run is not what it ends with", async () => {
  const forged = `{"schema":1,"policy_violation":false,"scope_ok":true,"exit_code":0,"violations":[]}`;
  await using round = await tamper(`cd "$run"; echo '${forged}' >policy.json; echo x >>"$OLDPWD/README.md"`);
  assert.deepEqual(round.named, ["policy.json"]);
  assert.deepEqual(round.run.policy.out_of_scope_changes, ["README.md"]);
});

Deno.test("what is put beside the artifacts is named and taken away", async () => {
  await using round = await tamper(
    `cd "$run"; for f in changes.patch post-status.txt stderr.txt review.json evil.sh .hidden; do echo x >$f; done
     mkdir -p folder/deep; echo x >folder/deep/f; ln -s "$HOME/victim" link; mkfifo pipe`,
  );
  assert.deepEqual(round.named, [
    ".hidden",
    "changes.patch",
    "evil.sh",
    "folder/deep/f",
    "link",
    "pipe",
    "post-status.txt",
    "review.json",
    "stderr.txt",
  ]);
});

Deno.test("events forged at the same length, and modes, are set right", async () => {
  await using round = await tamper(
    `cd "$run"; n=$(wc -c <events.jsonl); head -c "$n" /dev/zero | dd of=events.jsonl conv=notrunc 2>/dev/null
     chmod 777 . policy.json`,
  );
  const modes = ["policy.json", "events.jsonl"].map((name) =>
    (Deno.lstatSync(join(round.run.runDir, name)).mode ?? 0) & 0o777
  );
  assert.deepEqual(modes, [0o600, 0o600]);
});

/** | what is done to the folders | shell commands | named, from the root or `@` the run directory | */
const TO_FOLDERS: readonly (readonly [string, string, readonly string[]])[] = [
  ["the own run is deleted", 'rm -rf "$run"', ["@"]],
  ["the own run becomes a file", 'rm -rf "$run"; echo x >"$run"', ["@"]],
  ["the own run becomes a link", 'mv "$run" "$HOME/moved"; ln -s "$HOME/moved" "$run"', ["@"]],
  ["the own run becomes a link to a folder of before", 'rm -rf "$run"; ln -s "$HOME" "$run"', ["@"]],
  ["the own run becomes a link to src", 'rm -rf "$run"; ln -s ../../src "$run"', ["@"]],
  ["the own run becomes a copy", 'cp -a "$run" x; rm -rf "$run"; mv x "$run"', ["events.jsonl"]],
  ["all runs are deleted", "rm -rf .codex-dispatch/runs", [".codex-dispatch/runs/", "@"]],
  [
    "all runs become a link",
    'mv .codex-dispatch/runs "$HOME/moved"; ln -s "$HOME/moved" .codex-dispatch/runs',
    [".codex-dispatch/runs", "@"],
  ],
  ["the records are deleted", "rm -rf .codex-dispatch", [
    ".codex-dispatch/.gitignore",
    ".codex-dispatch/runs/",
    "@",
  ]],
  [
    "the records become a link",
    'mv .codex-dispatch "$HOME/moved"; ln -s "$HOME/moved" .codex-dispatch',
    [".codex-dispatch", ".codex-dispatch/.gitignore", ".codex-dispatch/runs/", "@"],
  ],
  [
    "the records become a file",
    "rm -rf .codex-dispatch; echo x >.codex-dispatch",
    [".codex-dispatch", ".codex-dispatch/.gitignore", ".codex-dispatch/runs/", "@"],
  ],
];

for (const [what, action, named] of TO_FOLDERS) {
  Deno.test(`${what}: it is named, and the run directory is there again`, async () => {
    await using round = await tamper(action);
    assert.deepEqual(round.named, named.map((path) => path === "@" ? "" : path).sort());
    assert.equal(round.run.code, 3);
  });
}

Deno.test("the own run under another name is a forged one", async () => {
  await using round = await tamper('mv "$run" "$run-2"');
  const own = round.run.result.run_id;
  assert.deepEqual(
    round.named,
    ["", ...BEFORE.map((name) => `.codex-dispatch/runs/${own}-2/${name}`)].sort(),
  );
});

Deno.test("records of before, forged ones and strangers are named one by one", async () => {
  await using repository = await makeRepository();
  const [first, second] = [
    await dispatchScripted(repository, repository.packet()),
    await dispatchScripted(repository, repository.packet({ mode: "verifier" })),
  ];
  const forged = ".codex-dispatch/runs/20990101-000000000-worker-forged-0123abcd";
  const run = await dispatchScripted(repository, repository.packet(), {
    script: {
      action: `sed -i s/accepted/violation/ '${first.runDir}/result.json'; rm -rf '${second.runDir}'
        touch '${first.runDir}/task.md'; mkdir ${forged}; cp '${first.runDir}/policy.json' ${forged}
        mkdir .codex-dispatch/runs/20990101-000000001-worker-empty-0123abcd; echo '!*' >.codex-dispatch/.gitignore
        echo x >.codex-dispatch/evil.sh; mkdir .codex-dispatch/pipelines; chmod 777 .codex-dispatch/runs`,
    },
  });
  const removed = relative(repository.root, second.runDir);
  assert.equal(run.code, 3);
  assert.deepEqual(
    run.policy.violations.map(({ kind, path }) => `${kind} ${path}`).sort(),
    [
      ".codex-dispatch/.gitignore",
      ".codex-dispatch/evil.sh",
      ".codex-dispatch/pipelines/",
      ".codex-dispatch/runs/",
      ...AT_THE_END.map((name) => `${removed}/${name}`),
      `${forged}/policy.json`,
      ".codex-dispatch/runs/20990101-000000001-worker-empty-0123abcd/",
      `${relative(repository.root, first.runDir)}/result.json`,
    ].map((path) => `record-tampered ${path}`).sort(),
  );
});

Deno.test("no scope, waiver or ignored write opens the records", async () => {
  await using repository = await makeRepository();
  const earlier = await dispatchScripted(repository, repository.packet());
  const file = relative(repository.root, join(earlier.runDir, "policy.json"));
  const packet = repository.packet({
    scope: [".", ".codex-dispatch/"],
    more: "IGNORED WRITES:\n- .codex-dispatch/\n- **\nWAIVE:\n- .codex-dispatch/** — whatever\n",
  });
  const run = await dispatchScripted(repository, packet, { script: { action: `echo '{}' >'${file}'` } });
  assert.deepEqual(run.policy.violations.map(({ kind, path }) => [kind, path]), [["record-tampered", file]]);
});

Deno.test("with --output-dir the run's own folder is watched where it lies", async () => {
  await using repository = await makeRepository();
  const forge =
    `for run in "$HOME"/out/* "$PWD"/out/*; do [ ! -d "$run" ] || echo '{}' >"$run/policy.json"; done`;
  const far = await dispatchScripted(repository, repository.packet(), {
    script: { action: forge },
    args: ["--output-dir", `${repository.home}/out`],
  });
  assert.deepEqual(far.policy.violations.map(({ kind, path }) => [kind, path]), [
    ["record-tampered", `${far.runDir}/policy.json`],
  ]);
  const near = await dispatchScripted(repository, repository.packet(), {
    script: { action: `${forge}; echo x >out/evil.sh` },
    args: ["--output-dir", `${repository.root}/out`],
  });
  assert.deepEqual(near.policy.violations.map(({ kind, path }) => [kind, path]), [
    ["out-of-scope", "out/evil.sh"],
    ["record-tampered", `out/${near.result.run_id}/policy.json`],
  ]);
});

Deno.test("with --output-dir behind a link that leads out of the tree, the run itself is no change there", async () => {
  await using repository = await makeRepository();
  await Deno.mkdir(join(repository.home, "kept"));
  await Deno.symlink("../home/kept", join(repository.root, "kept"));
  const output = join(repository.home, "kept", "runs");
  const dispatch = (action: string): Promise<Dispatched> =>
    dispatchScripted(repository, repository.packet(), { script: { action }, args: ["--output-dir", output] });
  const runs = [
    await dispatch("echo more >>src/two.txt; rm src/two.txt"),
    await dispatch("echo x >../home/kept/x"),
  ];
  assert.deepEqual(runs.map(({ code }) => code), [0, 3]);
  const forged = await dispatch(`echo x >>'${runs[0]?.runDir}/result.md'`);
  const found = [runs[1], forged].map((run) => run?.policy.violations.map(({ kind, path }) => [kind, path]));
  assert.deepEqual(found, [[["symlink-escape", "kept"]], [["symlink-escape", "kept"]]]);
});

Deno.test("names that are odd are named in full, and taken away with the rest", async () => {
  await using round = await tamper(
    `cd "$run"; echo x >"$(printf 'e\\377vil')"; echo x >'two words'; rm policy.json; mkdir policy.json; echo x >zz`,
  );
  const own = relative(round.repository.root, round.run.runDir);
  assert.deepEqual(round.named, [`"${own}/e\\377vil"`, "policy.json", "two words", "zz"]);
});

/** What a worker puts in the place of the records' ignore file. Read like a file, the second and the third have no end. */
const FORGED_IGNORES: readonly (readonly [what: string, put: string])[] = [
  ["rules of its own", "echo '!*' >$f"],
  ["a pipe", "mkfifo $f"],
  ["a link to a device", "ln -s /dev/zero $f"],
  ["a link to a file that says the same", 'echo "*" >../home/moved-rules; ln -s ../../home/moved-rules $f'],
  ["a folder", "mkdir -p $f/x"],
];

for (const [what, put] of FORGED_IGNORES) {
  Deno.test(`${what} in the place of the records' ignore file neither holds a run up nor outlives it`, async () => {
    await using repository = await makeRepository();
    const script = { action: `f=.codex-dispatch/.gitignore; rm -rf $f; ${put}` };
    const isWritten = async (): Promise<void> => {
      const file = join(repository.root, ".codex-dispatch", ".gitignore");
      assert.deepEqual([(await Deno.lstat(file)).isFile, await Deno.readTextFile(file)], [true, "*\n"]);
    };
    const first = await dispatchScripted(repository, repository.packet(), { script });
    assert.equal(first.code, 3, first.stderr);
    await isWritten();
    const plant = new Deno.Command("sh", { args: ["-c", script.action], cwd: repository.root });
    assert.ok((await plant.output()).success);
    const next = await dispatchScripted(repository, repository.packet({ scope: ["."] }));
    assert.equal(next.code, 0, next.stderr);
    await isWritten();
    assert.equal(await repository.git("status", "--short"), "");
  });
}

for (
  const [what, action] of [
    ["the whole work tree", 'd=$PWD; cd /; rm -rf "$d"'],
    ["the state folder", 'rm -rf "$XDG_STATE_HOME"'],
  ] as const
) {
  Deno.test(`a worker that deletes ${what} has a verdict all the same`, async () => {
    await using repository = await makeRepository();
    const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
    assert.ok([3, 5].includes(run.code), run.stderr);
    assert.equal(run.policy.policy_violation, true);
    assert.match(await run.artifact("events.jsonl"), /^\{"type":"thread\.started"/);
  });
}

Deno.test("an artifact that a worker makes endless does not hold up the verdict", async () => {
  await using repository = await makeRepository();
  const action =
    "for each in task.md prompt.md policy.json; do truncate -s 1T .codex-dispatch/runs/*/$each; done";
  const run = await dispatchScripted(repository, repository.packet(), { script: { action } });
  assert.equal(run.code, 3, run.stderr);
  assert.deepEqual([...new Set(run.policy.violations.map(({ kind }) => kind))], ["record-tampered"]);
});
