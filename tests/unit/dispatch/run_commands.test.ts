import assert from "node:assert/strict";
import { commandOutcome, runCommands, unmetExpectation } from "../../../lib/dispatch/run_commands.ts";
import type { StageCommands } from "../../../lib/dispatch/part.ts";
import type { SeenCommand } from "../../../lib/codex/seen_command.ts";

const OUTCOMES: readonly [number | null, string][] = [
  [0, "passed"],
  [1, "failed"],
  [2, "failed"],
  [128, "failed"],
  [126, "neither"],
  [127, "neither"],
  [null, "neither"],
];

for (const [status, outcome] of OUTCOMES) {
  Deno.test(`a command that ends with ${status} counts as ${outcome}`, () => {
    assert.equal(commandOutcome(status), outcome);
  });
}

/** Statuses of the commands in order, what was expected, and the sentence that says what is amiss. */
const EXPECTATIONS: readonly [(number | null)[], "pass" | "fail", RegExp | null][] = [
  [[0, 0], "pass", null],
  [[0, 3], "pass", /ended with 3; expect: pass/],
  [[0, 127], "pass", /was not found/],
  [[null], "pass", /was killed/],
  [[1], "fail", null],
  [[0, 1], "fail", null],
  [[0], "fail", /the command passed/],
  [[0, 0], "fail", /every command passed/],
  [[127], "fail", /was not found/],
  [[1, 126], "fail", /could not be run \(status 126\)/],
  [[null], "fail", /was killed/],
];

for (const [statuses, expect, sentence] of EXPECTATIONS) {
  Deno.test(`expect: ${expect} of commands that end with ${statuses.join(", ")}: ${sentence ?? "met"}`, () => {
    const commands = statuses.map((_, index) => `command ${index}`);
    const unmet = unmetExpectation({ commands, expect }, statuses.map(seen));
    assert.equal(unmet.length, sentence === null ? 0 : 1);
    if (sentence) assert.match(unmet[0] ?? "", sentence);
  });
}

Deno.test("commands that were not run are no commands that passed", () => {
  assert.match(
    unmetExpectation({ commands: ["a", "b"], expect: "pass" }, [seen(0, 0)])[0] ?? "",
    /Not every/,
  );
});

Deno.test("commands run one after the other, with what they print, until one does not pass", async () => {
  const { end, lines } = await run({
    commands: ["echo one", "echo two >&2; exit 4", "echo three"],
    expect: "pass",
  });
  assert.deepEqual(end.commands.map(({ exitCode, output }) => [exitCode, output]), [[0, "one\n"], [
    4,
    "two\n",
  ]]);
  assert.deepEqual(lines.map(({ type, item }) => [type, item.command, item.exit_code, item.status]), [
    ["item.started", "echo one", null, "in_progress"],
    ["item.completed", "echo one", 0, "completed"],
    ["item.started", "echo two >&2; exit 4", null, "in_progress"],
    ["item.completed", "echo two >&2; exit 4", 4, "failed"],
  ]);
});

Deno.test("where a failure is expected every command is run", async () => {
  const { end } = await run({ commands: ["false", "true"], expect: "fail" });
  assert.deepEqual(end.commands.map(({ exitCode }) => exitCode), [1, 0]);
});

Deno.test("a command that kills itself has no status", async () => {
  const { end } = await run({ commands: ["kill -9 $$"], expect: "fail" });
  assert.deepEqual(end.commands.map(({ exitCode }) => exitCode), [null]);
});

Deno.test("the limit holds for all commands together, and says what was running", async () => {
  const { end } = await run({ commands: ["true", "sleep 60"], expect: "pass" }, { limit: 300 });
  assert.deepEqual(end.cause, {
    kind: "watchdog",
    reason: 'the limit of 0.3 s was reached while "sleep 60" ran',
  });
  assert.equal(end.commands.at(-1)?.exitCode, null);
});

Deno.test("an interruption ends the command that runs", async () => {
  const interrupt = new AbortController();
  const running = run({ commands: ["echo; sleep 60"], expect: "pass" }, {
    interrupt: interrupt.signal,
    onOutput: () => interrupt.abort("SIGTERM"),
  });
  assert.deepEqual((await running).end.cause, { kind: "interrupted", signal: "SIGTERM" });
});

function seen(exitCode: number | null, index: number): SeenCommand {
  return { id: `${index}`, command: `command ${index}`, exitCode, status: "completed" };
}

interface Line {
  readonly type: string;
  readonly item: { readonly command: string; readonly exit_code: number | null; readonly status: string };
}

async function run(
  commands: StageCommands,
  options: { limit?: number; interrupt?: AbortSignal; onOutput?: () => void } = {},
): Promise<{ end: Awaited<ReturnType<typeof runCommands>>; lines: Line[] }> {
  const lines: Line[] = [];
  const end = await runCommands(commands, {
    cwd: ".",
    env: { PATH: "/usr/bin:/bin" },
    limit: options.limit ?? null,
    containment: { supervision: "tree", program: "", args: [] },
    interrupt: options.interrupt ?? new AbortController().signal,
    hurry: new AbortController().signal,
    onEvent: (line) => lines.push(JSON.parse(new TextDecoder().decode(line))),
    ...(options.onOutput ? { onOutput: options.onOutput } : {}),
  });
  return { end, lines };
}
