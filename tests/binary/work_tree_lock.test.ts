import assert from "node:assert/strict";
import { join } from "node:path";
import { appears } from "../helpers/detaching.ts";
import { dispatchScripted, writePacket } from "../helpers/dispatching.ts";
import {
  killProcesses,
  type ProgramOutcome,
  programWords,
  runProgram,
  startProgram,
} from "../helpers/program.ts";
import { makeRepository, type PacketFields, type TestRepository } from "../helpers/repository.ts";
import { scriptCodex } from "../helpers/scripted_codex.ts";

/** Stays until the test lets it go. */
const STAY = 'touch "$HOME/started"; while [ ! -e "$HOME/go" ]; do sleep 0.02; done';

/** A dispatch that holds the work tree until `go` is called. */
async function holdTree(
  repository: TestRepository,
  fields: PacketFields = {},
): Promise<AsyncDisposable & { readonly pid: number; readonly go: () => Promise<number> }> {
  const writes = fields.mode === undefined ? "echo first >src/first.txt" : ":";
  const codex = await scriptCodex(repository, { action: `${STAY}; ${writes}` });
  const scope = fields.mode === undefined ? ["src/first.txt"] : ["none"];
  const packet = await writePacket(repository, repository.packet({ scope, ...fields }));
  const program = await startProgram(["--task", packet, "--codex", codex, "--force"], {
    env: repository.env,
    cwd: "/",
  });
  await appears(join(repository.home, "started"));
  return {
    pid: program.pid,
    go: async () => {
      await Deno.writeTextFile(join(repository.home, "go"), "");
      return (await program.outcome).code;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function leftOf(repository: TestRepository): string[] {
  const state = join(repository.env["XDG_STATE_HOME"] ?? "", "codex-dispatch");
  return ["locks", "live"].flatMap((folder) =>
    [...Deno.readDirSync(join(state, folder))].map(({ name }) => `${folder}/${name}`)
  );
}

Deno.test("a second dispatch waits, says for whom, and looks at the tree after the first has left it", async () => {
  await using repository = await makeRepository();
  await using holder = await holdTree(repository);
  const second = dispatchScripted(repository, repository.packet({ scope: ["src/second.txt"] }), {
    script: { action: "sleep 0.1; echo second >src/second.txt" },
    // Shorter than the wait, longer than the run.
    args: ["--timeout-sec", "20"],
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(await holder.go(), 0);
  const run = await second;
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.policy.changes.map(({ path }) => path), ["src/second.txt"]);
  const said = run.stderr.split("\n").filter((line) => line.includes("waiting for"));
  assert.equal(said.length, 1, run.stderr);
  assert.match(
    said[0] ?? "",
    new RegExp(`in use by worker run \\d{8}-.* \\(pid ${holder.pid}, since .* UTC\\)`),
  );
  assert.ok((run.result.waited_ms ?? 0) > 500, `${run.result.waited_ms}`);
  assert.deepEqual(leftOf(repository), []);
});

Deno.test("the limits begin when Codex starts: a wait longer than all of them ends nothing", async () => {
  await using repository = await makeRepository();
  await using holder = await holdTree(repository);
  const second = dispatchScripted(repository, repository.packet({ scope: ["src/second.txt"] }), {
    args: ["--timeout-sec", "2", "--heartbeat-sec", "2"],
  });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await holder.go();
  assert.equal((await second).code, 0);
});

Deno.test("--no-wait refuses with 2, says who holds the tree, and leaves no run directory", async () => {
  await using repository = await makeRepository();
  await using holder = await holdTree(repository);
  const packet = await writePacket(repository, repository.packet({ mode: "verifier" }));
  const codex = await scriptCodex(repository);
  const args = ["--task", packet, "--codex", codex, "--force", "--no-wait"];
  const refused = await runProgram(args, { env: repository.env, cwd: "/" });
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, new RegExp(`is in use by worker run .* \\(pid ${holder.pid}, since`));
  const runs = [...Deno.readDirSync(join(repository.root, ".codex-dispatch", "runs"))];
  assert.equal(runs.length, 1);
  await holder.go();
  assert.equal((await runProgram(args, { env: repository.env, cwd: "/" })).code, 0);
});

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} ends a waiting dispatch with ${exit}, and nothing of it is left`, async () => {
    await using repository = await makeRepository();
    await using holder = await holdTree(repository);
    const held = leftOf(repository).length;
    const packet = await writePacket(repository, repository.packet());
    const codex = await scriptCodex(repository, { action: 'touch "$HOME/second"' });
    await using waiting = await startProgram(["--task", packet, "--codex", codex, "--force"], {
      env: repository.env,
      cwd: "/",
    });
    while (leftOf(repository).length < 2 * held) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    waiting.child.kill(signal);
    const { code, stdout, stderr } = await waiting.outcome;
    assert.deepEqual([code, stdout], [exit, ""], stderr);
    assert.equal(leftOf(repository).length, held);
    assert.equal([...Deno.readDirSync(join(repository.root, ".codex-dispatch", "runs"))].length, 1);
    await assert.rejects(Deno.lstat(join(repository.home, "second")));
    assert.equal(await holder.go(), 0);
  });
}

Deno.test("a tree is the same tree by every path and from every folder in it", async () => {
  await using repository = await makeRepository({ "src/one.txt": "one\n", "docs/guide.md": "guide\n" });
  await Deno.symlink(repository.root, join(repository.home, "link"));
  await using holder = await holdTree(repository);
  for (const workdir of [join(repository.root, "docs"), join(repository.home, "link", "src")]) {
    const packet = await writePacket(repository, repository.packet({ workdir, scope: ["x"] }));
    const codex = await scriptCodex(repository);
    const refused = await runProgram(["--task", packet, "--codex", codex, "--force", "--no-wait"], {
      env: repository.env,
      cwd: "/",
    });
    assert.equal(refused.code, 2, refused.stderr);
  }
  assert.equal(await holder.go(), 0);
});

Deno.test("readers share a tree, a dry run needs nobody's leave, and a linked work tree is another tree", async () => {
  await using repository = await makeRepository();
  const linked = join(repository.home, "linked");
  await repository.git("worktree", "add", "-q", linked);
  await using holder = await holdTree(repository, { mode: "verifier" });
  const reader = await dispatchScripted(repository, repository.packet({ mode: "reviewer" }), {
    args: ["--no-wait"],
  });
  assert.equal(reader.code, 0, reader.stderr);
  const dry = await dispatchScripted(repository, repository.packet(), { args: ["--dry-run", "--no-wait"] });
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stderr, /warning: The work tree is in use by verifier run /);
  const other = await dispatchScripted(repository, repository.packet({ workdir: linked }), {
    args: ["--no-wait"],
  });
  assert.equal(other.code, 0, other.stderr);
  assert.equal(await holder.go(), 0);
});

Deno.test("a run is not taken back while another uses its tree", async () => {
  await using repository = await makeRepository();
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: "echo x >src/x" },
  });
  await using holder = await holdTree(repository, { mode: "verifier" });
  const revert = (): Promise<ProgramOutcome> =>
    runProgram(["runs", "revert", run.runDir], { env: repository.env, cwd: "/" });
  const refused = await revert();
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /in use by verifier run/);
  assert.equal(await Deno.readTextFile(join(repository.root, "src", "x")), "x\n");
  assert.equal(await holder.go(), 0);
  assert.equal((await revert()).code, 0);
});

Deno.test("a detached dispatch has its directory while it waits, and can be cancelled there", async () => {
  await using repository = await makeRepository();
  await using holder = await holdTree(repository);
  const packet = await writePacket(repository, repository.packet());
  const codex = await scriptCodex(repository, { action: 'touch "$HOME/second"' });
  const options = { env: repository.env, cwd: "/" };
  const args = ["--task", packet, "--codex", codex, "--force", "--detach"];
  const refused = await runProgram([...args, "--no-wait"], options);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  const { code, stdout } = await runProgram(args, options);
  assert.equal(code, 0);
  const cancelled = await runProgram(["runs", "cancel", stdout.trim()], options);
  assert.match(cancelled.stdout, /has ended: interrupted \(exit 143\)/);
  await assert.rejects(Deno.lstat(join(repository.home, "second")));
  // Its directory came while the first one watched the tree.
  assert.equal(await holder.go(), 0);
  assert.deepEqual(leftOf(repository), []);
});

Deno.test("a worker that dispatches into its own tree is told at once that this would never end", async () => {
  await using repository = await makeRepository();
  const inner = await writePacket(repository, repository.packet({ mode: "verifier" }), "inner.md");
  const codex = await scriptCodex(repository);
  const words = await programWords(["--task", inner, "--codex", codex, "--force"], repository.env);
  const line = words.map((word) => `'${word}'`).join(" ");
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: `${line} 2>"$HOME/said"; echo $? >"$HOME/status"` },
    args: ["--timeout-sec", "60"],
  });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(await Deno.readTextFile(join(repository.home, "status")), "2\n");
  assert.match(await Deno.readTextFile(join(repository.home, "said")), /started from within .*wait for ever/);
});

/** | dispatches | work trees | */
for (const [count, trees] of [[20, 1], [50, 10]] as const) {
  Deno.test(`${count} dispatches at once on ${trees} work trees: none is lost, no two write in one tree at once`, async () => {
    await using repository = await makeRepository();
    const roots = [repository.root];
    for (let index = 1; index < trees; index++) {
      const root = join(repository.home, `tree-${index}`);
      await repository.git("clone", "-q", repository.root, root);
      roots.push(root);
    }
    const runs = await Promise.all(Array.from({ length: count }, async (_, index) => {
      // Were another inside meanwhile, the folder would be there.
      const codex = await scriptCodex(repository, {
        action: `mkdir "$HOME/in-${index % trees}" || touch "$HOME/overlap"
          sleep 0.05; echo x >src/number-${index}; rmdir "$HOME/in-${index % trees}"`,
      });
      const fields = { workdir: roots[index % trees] ?? "", scope: [`src/number-${index}`] };
      const packet = await writePacket(repository, repository.packet(fields), `${index}.md`);
      const args = ["--task", packet, "--codex", codex, "--force", "--quiet"];
      return await runProgram(args, { env: repository.env, cwd: "/" });
    }));
    for (const { code, stdout, stderr } of runs) {
      const policy = await Deno.readTextFile(join(stdout.trim(), "policy.json")).catch(() =>
        "no policy.json"
      );
      assert.deepEqual([code, stderr], [0, ""], policy);
    }
    await assert.rejects(Deno.lstat(join(repository.home, "overlap")));
    for (const root of roots) {
      const written = [...Deno.readDirSync(join(root, "src"))].filter(({ name }) =>
        name.startsWith("number-")
      );
      assert.equal(written.length, count / trees);
    }
    assert.deepEqual(leftOf(repository), []);
  });
}

/** | what a worker does to the locks, in their folder; `$ticket` is its run's own | whether its run says that its lock was taken away */
const MEDDLING: readonly (readonly [string, string, boolean])[] = [
  [
    "leaves forged tickets",
    'for n in 000000000000 999999999999 "${ticket%%-*}"; do cp "$ticket" "$n-${ticket#*-}"; done',
    false,
  ],
  [
    "leaves a ticket that a process of its own goes on holding",
    'cp "$ticket" 0"$ticket"; setsid flock 0"$ticket" sleep 300 & sleep 0.1',
    false,
  ],
  ["holds its run's own ticket too", 'setsid flock "$ticket" sleep 300 & sleep 0.1', false],
  ["writes into its run's ticket", 'echo "{" >"$ticket"', false],
  ["takes its run's ticket away", 'rm "$ticket"', true],
  ["replaces it by a copy", 'cp -p "$ticket" x; mv x "$ticket"', true],
  ["replaces it by a pipe", 'rm "$ticket"; mkfifo "$ticket"', true],
  ["takes all locks away", 'rm -rf "$PWD"', true],
  [
    "puts a link in the place of the locks",
    'mkdir "$HOME/mine"; cd ..; rm -rf locks; ln -s "$HOME/mine" locks',
    true,
  ],
  ["shuts the folders of the state", 'rm "$ticket"; chmod 0 . ../live ../runs', true],
  ["puts a file in the place of the locks", "cd ..; rm -rf locks; touch locks", true],
];

for (const [what, action, isLost] of MEDDLING) {
  Deno.test(`a worker that ${what} changes no verdict and leaves the tree free`, async () => {
    await using repository = await makeRepository();
    try {
      const run = await dispatchScripted(repository, repository.packet(), {
        script: {
          action: `echo x >>src/one.txt; cd "$XDG_STATE_HOME/codex-dispatch/locks"; ticket=$(ls); ${action}`,
        },
      });
      assert.deepEqual([run.code, run.policy.violations], [0, []], run.stderr);
      assert.equal(
        run.policy.messages.some((each) => each.includes("lock of the work tree was taken away")),
        isLost,
      );
      const args = ["--no-wait", "--allow-dirty-overlap"];
      const next = await dispatchScripted(repository, repository.packet(), { args });
      assert.equal(next.code, 0, next.stderr);
    } finally {
      await killProcesses(repository.env);
    }
  });
}

Deno.test("readers in different folders of one tree, and a dry run beside them, blame none for the others' records", async () => {
  await using repository = await makeRepository({
    "a/one.txt": "one\n",
    "b/c/two.txt": "two\n",
    "d/x": "x\n",
  });
  const workdir = (folder: string): string => join(repository.root, folder);
  await using holder = await holdTree(repository, { mode: "verifier", workdir: workdir("a") });
  const outputDir = ["--output-dir", join(repository.root, "d", "runs")];
  const others = [
    await dispatchScripted(repository, repository.packet({ mode: "reviewer", workdir: workdir("b/c") })),
    await dispatchScripted(repository, repository.packet({ workdir: workdir("d") }), { args: ["--dry-run"] }),
    await dispatchScripted(repository, repository.packet({ mode: "reviewer", workdir: workdir("d") }), {
      args: outputDir,
    }),
  ];
  assert.deepEqual(others.map(({ code, stderr }) => [code, /violation/.test(stderr)]), [[0, false], [
    0,
    false,
  ], [
    0,
    false,
  ]]);
  assert.equal(await holder.go(), 0);
});

Deno.test("a reader that is killed blames none of those who share its tree, and what it leaves is swept away", async () => {
  await using repository = await makeRepository();
  await using holder = await holdTree(repository, { mode: "verifier" });
  const packet = await writePacket(repository, repository.packet({ mode: "reviewer" }));
  const codex = await scriptCodex(repository, { action: 'touch "$HOME/second"; sleep 60' });
  {
    await using killed = await startProgram(["--task", packet, "--codex", codex, "--force"], {
      env: repository.env,
      cwd: "/",
    });
    await appears(join(repository.home, "second"));
    killed.child.kill("SIGKILL");
    await killed.child.status;
  }
  const next = await dispatchScripted(repository, repository.packet({ mode: "reviewer" }));
  assert.equal(next.code, 0, next.stderr);
  assert.equal(await holder.go(), 0);
  assert.equal((await dispatchScripted(repository, repository.packet())).code, 0);
  assert.deepEqual(leftOf(repository), []);
});
