import assert from "node:assert/strict";
import { runCommand } from "../../../lib/process/run_command.ts";

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

Deno.test("a program that is not there is said so", async () => {
  await assert.rejects(
    runCommand("no-such-program-here", [], { env, deadline: 1_000 }),
    Deno.errors.NotFound,
  );
});
