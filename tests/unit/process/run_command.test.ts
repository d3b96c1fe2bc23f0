import assert from "node:assert/strict";
import { endRunningCommands, runCommand } from "../../../lib/process/run_command.ts";

const env = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("a command gets its input, its folder and no more of the environment than it is given", async () => {
  const script = 'cat; pwd; env | grep -c "^HOME="';
  const result = await runCommand("sh", ["-c", script], { cwd: "/", env, stdin: "in\n", deadline: 10_000 });
  assert.equal(text(result.stdout), "in\n/\n0\n");
});

Deno.test("a command that does not end is ended at its deadline", async () => {
  const result = await runCommand("sleep", ["60"], { env, deadline: 100 });
  assert.deepEqual([result.timedOut, result.code], [true, null]);
});

Deno.test("a command whose child holds its pipes open is not waited for beyond its deadline", async () => {
  const inGroup = await runCommand("sh", ["-c", "sleep 60 & exit 0"], { env, deadline: 200 });
  assert.deepEqual([inGroup.timedOut, inGroup.code], [true, null]);
  const file = await Deno.makeTempFile();
  const script =
    'setsid sh -c \'echo $$ >"$0"; exec sleep 60\' "$0" & while [ ! -s "$0" ]; do sleep 0.01; done';
  const outside = await runCommand("sh", ["-c", script, file], { env, deadline: 500 });
  Deno.kill(Number(await Deno.readTextFile(file)), "SIGKILL");
  await Deno.remove(file);
  assert.deepEqual([outside.timedOut, outside.code], [true, null]);
});

Deno.test("a command ends with the signal, and with all others when nobody waits any more", async () => {
  const controller = new AbortController();
  const aborted = runCommand("sleep", ["60"], { env, deadline: 60_000, signal: controller.signal });
  const others = [1, 2].map(() => runCommand("sh", ["-c", "sleep 60"], { env, deadline: 60_000 }));
  controller.abort();
  assert.deepEqual([(await aborted).code, (await aborted).timedOut], [null, false]);
  endRunningCommands();
  for (const other of others) assert.equal((await other).code, null);
});

Deno.test("a program that is not there is said so", async () => {
  await assert.rejects(
    runCommand("no-such-program-here", [], { env, deadline: 1_000 }),
    Deno.errors.NotFound,
  );
});

Deno.test("a command leads a session of its own, in which Ctrl-C in the terminal does not reach it", async () => {
  const script = "echo $$; cut -d' ' -f5,6 /proc/$$/stat 2>/dev/null || ps -o pgid= -o pgid= -p $$";
  const { stdout } = await runCommand("sh", ["-c", script], { env, deadline: 10_000 });
  const [pid, group, session] = text(stdout).trim().split(/\s+/);
  assert.deepEqual([group, session], [pid, pid]);
});

Deno.test("what a command says and ends with is its own, even if it says that it was not found", async () => {
  for (const code of [126, 127]) {
    const script = `echo x >> "$0"; echo "sh: not found" >&2; exit ${code}`;
    const file = await Deno.makeTempFile();
    const result = await runCommand("sh", ["-c", script, file], { env, deadline: 10_000 });
    assert.deepEqual([result.code, text(result.stderr)], [code, "sh: not found\n"]);
    assert.equal(await Deno.readTextFile(file), "x\n");
    await Deno.remove(file);
  }
});

Deno.test("a program that may not be run, and a folder that is not there, are said so", async () => {
  const file = await Deno.makeTempFile();
  await assert.rejects(runCommand(file, [], { env, deadline: 10_000 }), Deno.errors.PermissionDenied);
  await Deno.remove(file);
  await assert.rejects(runCommand("true", [], { env, cwd: file, deadline: 10_000 }), Deno.errors.NotFound);
});
