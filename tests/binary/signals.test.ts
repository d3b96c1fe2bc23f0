import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { writePacket } from "../helpers/dispatching.ts";
import { appears, type HeldCommand, holdCommand, which } from "../helpers/held_command.ts";
import { findProcesses, killProcesses, type StartedProgram, startProgram } from "../helpers/program.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { type Script, scriptCodex } from "../helpers/scripted_codex.ts";
import { type Policy, PolicySchema } from "../../lib/records/policy.ts";
import { type Result, ResultSchema } from "../../lib/records/result.ts";

/** Long enough after the first for a second signal to insist. Milliseconds. */
const INSISTING = 1_100;

/** | the program that waits | its argument | */
const BEFORE_CODEX: readonly (readonly ["codex" | "git", string])[] = [
  ["codex", "--version"],
  ["git", "status"],
];

Deno.test("an interruption while Codex is asked for its quota ends at once, and there is no run", async () => {
  await using scene = await makeScene({ action: "touch started" });
  await scene.codex.hold("app-server");
  const run = await scene.start([]);
  await scene.codex.held();
  run.child.kill("SIGINT");
  const { code, stdout, stderr } = await run.outcome;
  assert.deepEqual([code, stdout], [130, ""]);
  assert.match(stderr, /Stopped by SIGINT.*Nothing was started/);
  assert.deepEqual(await scene.left(), []);
});

for (const [program, word] of BEFORE_CODEX) {
  Deno.test(`an interruption while "${program} ${word}" hangs ends at once, with artifacts and nothing left`, async () => {
    await using scene = await makeScene({ action: "touch started" });
    await scene[program].hold(word);
    const run = await scene.start();
    await scene[program].held();
    run.child.kill("SIGINT");
    const { code, policy, result } = await scene.ended(run);
    assert.deepEqual([code, result.status, policy.scope_ok], [130, "interrupted", true]);
    assert.match(policy.violations[0]?.detail ?? "", /^Stopped by SIGINT before Codex was started/);
    await assert.rejects(Deno.lstat(`${scene.repository.root}/started`));
  });
}

/** | what hangs after Codex has ended | */
for (const word of ["status", "diff-tree"]) {
  Deno.test(`an interruption while "git ${word}" hangs after the end of Codex waits for the evidence`, async () => {
    await using scene = await makeScene(({ git }) => ({
      action: `echo x >>src/one.txt; ${git.holdLine(word)}`,
    }));
    const run = await scene.start();
    await scene.git.held();
    run.child.kill("SIGTERM");
    await scene.git.letGo();
    const { code, policy, result, read } = await scene.ended(run);
    assert.deepEqual([code, result.status, policy.scope_ok], [143, "interrupted", true]);
    assert.deepEqual(policy.violations.map(({ kind, detail }) => [kind, detail]), [
      ["interrupted", "Stopped by SIGTERM after its work had ended."],
    ]);
    assert.deepEqual(policy.changes.map(({ path }) => path), ["src/one.txt"]);
    assert.match(await read("changes.patch"), /^\+x$/m);
    assert.equal(result.answer?.result, "done");
  });

  Deno.test(`who insists while "git ${word}" hangs waits no longer: what was not seen is not in order`, async () => {
    await using scene = await makeScene(({ git }) => ({
      action: `echo x >>src/one.txt; ${git.holdLine(word)}`,
    }));
    const run = await scene.start();
    await scene.git.held();
    run.child.kill("SIGINT");
    await delay(INSISTING);
    run.child.kill("SIGINT");
    const { code, policy, result } = await scene.ended(run);
    assert.deepEqual([code, result.status, result.accepted, policy.scope_ok], [
      130,
      "interrupted",
      false,
      false,
    ]);
    assert.match(policy.violations[0]?.detail ?? "", /not looked at again/);
    assert.deepEqual(policy.changes, []);
  });
}

for (const second of [true, false]) {
  Deno.test(`Codex and what it started end with ${second ? "two signals" : "one"}, and the evidence is taken`, async () => {
    await using scene = await makeScene({
      action: `echo x >>src/one.txt
setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 1; done' &
trap '' TERM; : >"$HOME/begun"; while :; do sleep 1; done`,
    });
    const run = await scene.start();
    await appears(`${scene.repository.home}/begun`);
    run.child.kill("SIGINT");
    if (second) run.child.kill("SIGINT");
    const { code, policy, result, read } = await scene.ended(run);
    assert.deepEqual([code, result.status, result.codex_exit_code], [130, "interrupted", null]);
    assert.deepEqual(policy.changes.map(({ path }) => path), ["src/one.txt"]);
    assert.match(await read("changes.patch"), /^\+x$/m);
  });
}

Deno.test("a terminal that is closed ends a run like SIGTERM", async () => {
  await using scene = await makeScene({ action: "sleep 60" });
  await scene.git.hold("status");
  const run = await scene.start();
  await scene.git.held();
  run.child.kill("SIGHUP");
  const { code, policy } = await scene.ended(run);
  assert.deepEqual([code, policy.violations[0]?.kind], [143, "interrupted"]);
});

interface Scene extends AsyncDisposable {
  readonly repository: TestRepository;
  readonly git: HeldCommand;
  readonly codex: HeldCommand;
  readonly start: (flags?: readonly string[]) => Promise<StartedProgram>;
  /** What still runs, once everybody had the time to end. */
  readonly left: () => ReturnType<typeof findProcesses>;
  /** The end of a run, with nothing of it left. */
  readonly ended: (run: StartedProgram) => Promise<Ended>;
}

interface Ended {
  readonly code: number;
  readonly policy: Policy;
  readonly result: Result;
  readonly read: (name: string) => Promise<string>;
}

async function makeScene(script: Script | ((held: { git: HeldCommand }) => Script)): Promise<Scene> {
  const repository = await makeRepository();
  const git = await holdCommand(repository, "git", await which("git"));
  const scripted = await scriptCodex(repository, typeof script === "function" ? script({ git }) : script);
  const codex = await holdCommand(repository, "codex", scripted);
  const packet = await writePacket(repository, repository.packet());
  // Who was waiting in front of a program has a child of a twentieth of a second.
  const left = async (): ReturnType<typeof findProcesses> => {
    for (let tries = 0; tries < 100 && (await findProcesses(repository.env)).length > 0; tries++) {
      await delay(20);
    }
    return await findProcesses(repository.env);
  };
  return {
    repository,
    git,
    codex,
    left,
    start: (flags = ["--force"]) =>
      startProgram(["--task", packet, "--codex", codex.file, ...flags], {
        env: { ...repository.env, PATH: git.path },
        cwd: repository.home,
      }),
    ended: async (run) => {
      const { code, stdout, stderr } = await run.outcome;
      const runDir = stdout.trimEnd();
      assert.match(runDir, /^\/[^\n]+$/, stderr);
      const read = (name: string): Promise<string> => Deno.readTextFile(`${runDir}/${name}`);
      assert.deepEqual(await left(), []);
      return {
        code,
        policy: PolicySchema.parse(JSON.parse(await read("policy.json"))),
        result: ResultSchema.parse(JSON.parse(await read("result.json"))),
        read,
      };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await killProcesses(repository.env);
      await repository[Symbol.asyncDispose]();
    },
  };
}
