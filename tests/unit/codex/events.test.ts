import assert from "node:assert/strict";
import fc from "fast-check";
import { type CodexEvent, EventReader, type EventSummary, LONGEST_LINE } from "../../../lib/codex/events.ts";

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const command = (fields: Record<string, unknown>): unknown => ({
  type: "command_execution",
  id: "item_1",
  ...fields,
});

function read(lines: readonly (unknown | Uint8Array)[]): { summary: EventSummary; events: CodexEvent[] } {
  const events: CodexEvent[] = [];
  const reader = new EventReader((event) => events.push(event));
  for (const line of lines) {
    reader.push(line instanceof Uint8Array ? line : bytes(JSON.stringify(line)));
    reader.push(bytes("\n"));
  }
  return { summary: reader.finish(), events };
}

Deno.test("a run's thread, usage and commands are told", () => {
  const { summary, events } = read([
    { type: "thread.started", thread_id: "t-1" },
    { type: "turn.started" },
    { type: "item.started", item: command({ command: "npm test", exit_code: null, status: "in_progress" }) },
    { type: "item.completed", item: command({ command: "npm test", exit_code: 1, status: "failed" }) },
    {
      type: "item.completed",
      item: { type: "file_change", id: "item_2", changes: [{ path: "/r/a", kind: "add" }] },
    },
    { type: "item.completed", item: { type: "agent_message", id: "item_3", text: "done" } },
    { type: "turn.completed", usage: { input_tokens: 3, output_tokens: 2 } },
  ]);
  assert.deepEqual(summary, {
    threadId: "t-1",
    usage: { input_tokens: 3, output_tokens: 2 },
    turnCompleted: true,
    failure: null,
    lastError: null,
    commands: [{ id: "item_1", command: "npm test", exitCode: 1, status: "failed" }],
    commandsLeftOut: 0,
  });
  assert.deepEqual(events.map(({ kind }) => kind), [
    "thread",
    "command-started",
    "command-ended",
    "file-change",
    "message",
    "turn-completed",
  ]);
});

Deno.test("a command that never ended has no exit status", () => {
  const { summary } = read([{
    type: "item.started",
    item: command({ command: "sleep 9", exit_code: null }),
  }]);
  assert.deepEqual(summary.commands.map(({ exitCode }) => exitCode), [null]);
});

Deno.test("a failed turn and the last error are told", () => {
  const { summary } = read([
    { type: "error", message: "Reconnecting... 1/5" },
    { type: "turn.failed", error: { message: "stream disconnected" } },
  ]);
  assert.deepEqual([summary.failure, summary.lastError, summary.turnCompleted], [
    "stream disconnected",
    "Reconnecting... 1/5",
    false,
  ]);
});

/** | what comes | what it does | */
const ODD_LINES: readonly (readonly [string, unknown | Uint8Array])[] = [
  ["an unknown type", { type: "thread.rested", mood: "good" }],
  ["an unknown item", { type: "item.completed", item: { type: "dream", id: "x" } }],
  ["an item of a wrong form", { type: "item.completed", item: "text" }],
  ["keys of wrong types", {
    type: "item.completed",
    item: { type: "command_execution", id: 7, command: [], exit_code: "0" },
  }],
  ["a usage that is none", { type: "turn.completed", usage: "much" }],
  ["JSON that is no event", [1, 2]],
  ["null", null],
  ["a key twice", bytes('{"type":"item.completed","item":{"id":"a","id":"b","type":"web_search"}}')],
  ["no JSON", bytes("panic: at the disco")],
  ["invalid UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
  ["an empty line", bytes("")],
  ["a carriage return", bytes("\r")],
  ["100,000 open brackets", bytes("[".repeat(100_000))],
];

for (const [what, line] of ODD_LINES) {
  Deno.test(`${what} among the events hinders nothing`, () => {
    const { summary } = read([line, { type: "thread.started", thread_id: "after" }]);
    assert.equal(summary.threadId, "after");
  });
}

Deno.test("invalid UTF-8 within a message is replaced and the event is read", () => {
  const line = new Uint8Array([...bytes('{"type":"error","message":"a'), 0xff, ...bytes('b"}')]);
  assert.equal(read([line]).summary.lastError, "a\uFFFDb");
});

Deno.test("a line that is too long is passed over in bounded memory, and the next one is read", () => {
  const reader = new EventReader();
  const chunk = bytes("a".repeat(1 << 20));
  reader.push(bytes('{"type":"error","message":"'));
  for (let sent = 0; sent <= LONGEST_LINE; sent += chunk.length) reader.push(chunk);
  reader.push(bytes('"}\n{"type":"thread.started","thread_id":"after"}\n'));
  const summary = reader.finish();
  assert.deepEqual([summary.threadId, summary.lastError], ["after", null]);
});

Deno.test("a last line without a newline counts", () => {
  const reader = new EventReader();
  reader.push(bytes('{"type":"turn.completed"}'));
  assert.equal(reader.finish().turnCompleted, true);
});

Deno.test("of more commands than are kept the number is told", () => {
  const lines = Array.from({ length: 10_003 }, (_, i) => ({
    type: "item.completed",
    item: { type: "command_execution", id: `item_${i}`, command: "true", exit_code: 0 },
  }));
  const { summary } = read(lines);
  assert.deepEqual([summary.commands.length, summary.commandsLeftOut], [10_000, 3]);
});

Deno.test("however the bytes are cut, the same is read", () => {
  const all = bytes(
    [
      { type: "thread.started", thread_id: "é-1" },
      { type: "item.started", item: command({ command: "ls ü", exit_code: null }) },
      { type: "item.completed", item: command({ command: "ls ü", exit_code: 0 }) },
      { type: "turn.completed", usage: { input_tokens: 1 } },
    ].map((event) => `${JSON.stringify(event)}\n`).join(""),
  );
  const whole = new EventReader();
  whole.push(all);
  const expected = whole.finish();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 12 }), (cuts) => {
      const reader = new EventReader();
      let from = 0;
      for (const to of [...cuts.sort((a, b) => a - b), all.length]) {
        reader.push(all.subarray(from, to));
        from = to;
      }
      assert.deepEqual(reader.finish(), expected);
    }),
    { seed: 2 },
  );
});

Deno.test("wherever two pieces meet, the same is read", () => {
  const fields = { command: "ls ü \u2028", aggregated_output: 'é "x"\n', exit_code: 3, status: "failed" };
  const codex = { id: "item_1", type: "command_execution", ...fields };
  const all = new Uint8Array([
    ...bytes(`${JSON.stringify({ type: "thread.started", thread_id: "é" })}\n`),
    ...bytes(`${JSON.stringify({ type: "item.started", item: codex })}\n`),
    ...bytes(`${JSON.stringify({ type: "item.completed", item: codex })}\n\n\r\n`),
    ...bytes('{"type":"item.completed","item":{"id":"item_2","type":"command_execution","command":"'),
    ...[0xe2, 0x82, 0xff, 0xf0, 0x9f],
    ...bytes('","aggregated_output":"'),
    ...[0xc3],
    ...bytes('","exit_code":0,"status":"completed"}}\n'),
    // A byte order mark is no JSON, wherever a piece begins.
    ...bytes(`\ufeff${JSON.stringify({ type: "turn.completed" })}\n`),
    ...bytes('{"type":"error","message":"last"}'),
  ]);
  const whole = new EventReader();
  whole.push(all);
  const expected = whole.finish();
  assert.deepEqual([expected.turnCompleted, expected.lastError, expected.commands], [false, "last", [
    { id: "item_1", command: "ls ü \u2028", exitCode: 3, status: "failed" },
    { id: "item_2", command: "\ufffd\ufffd\ufffd", exitCode: 0, status: "completed" },
  ]]);
  for (let cut = 0; cut <= all.length; cut++) {
    const reader = new EventReader();
    reader.push(all.subarray(0, cut));
    reader.push(all.subarray(cut));
    assert.deepEqual(reader.finish(), expected, `cut at ${cut}`);
  }
});

Deno.test("a line that is too long is passed over in one piece too", () => {
  const long = JSON.stringify({ type: "error", message: "a".repeat(LONGEST_LINE) });
  const { summary } = read([bytes(`${long}\n`), { type: "thread.started", thread_id: "after" }]);
  assert.deepEqual([summary.threadId, summary.lastError], ["after", null]);
});

const RECONNECTING = { type: "error", message: "Reconnecting... 2/5 (stream disconnected)" };

/** | what comes in one piece | progress | */
const PROGRESS: readonly (readonly [string, string, boolean])[] = [
  ["an event", `${JSON.stringify({ type: "turn.started" })}\n`, true],
  ["an attempt to connect again", `${JSON.stringify(RECONNECTING)}\n`, false],
  ["two of them", `${JSON.stringify(RECONNECTING)}\n`.repeat(2), false],
  [
    "one, and an event",
    `${JSON.stringify(RECONNECTING)}\n${JSON.stringify({ type: "turn.started" })}\n`,
    true,
  ],
  ["another error", `${JSON.stringify({ type: "error", message: "overloaded" })}\n`, true],
  ["the beginning of a line", JSON.stringify(RECONNECTING).slice(0, 30), false],
  ["much of a long line", `{"type":"item.completed","item":{"text":"${"x".repeat(1_000)}`, true],
  ["blank lines", "\n\n", false],
];

for (const [what, text, expected] of PROGRESS) {
  Deno.test(`${what} ${expected ? "is" : "is no"} progress`, () => {
    assert.equal(new EventReader().push(bytes(text)), expected);
  });
}

Deno.test("what is kept of commands and errors is bounded, whatever their length and number", () => {
  const reader = new EventReader();
  const long = "y".repeat(100_000);
  for (let number = 0; number < 1_000; number++) {
    const item = command({
      id: `item_${number}`,
      command: long,
      exit_code: 0,
      status: "completed",
      aggregated_output: "",
    });
    reader.push(bytes(`${JSON.stringify({ type: "item.completed", item })}\n`));
  }
  reader.push(bytes(`${JSON.stringify({ type: "error", message: long })}\n`));
  const { commands, commandsLeftOut, lastError } = reader.finish();
  const kept = commands.reduce((sum, each) => sum + each.command.length, 0);
  assert.ok(kept < 17 * 1024 * 1024, `${kept} characters are kept`);
  assert.equal(commands.length + commandsLeftOut, 1_000);
  assert.equal(lastError?.length, 10_000);
});

/** | a command's text | as it is read | */
const COMMAND_TEXTS = [
  "make",
  'echo "a" \\ b',
  'x","aggregated_output":"y',
  "tab\tüé\u2028",
  '","exit_code":7,"status":"failed"}}',
  "",
];

for (const text of COMMAND_TEXTS) {
  Deno.test(`the command ${JSON.stringify(text)} is read as it is, in the form of Codex and in any other`, () => {
    for (const output of ["", 'o","exit_code":3,"status":"x"}}', "z".repeat(2_000)]) {
      const item = {
        id: "item_1",
        type: "command_execution",
        command: text,
        aggregated_output: output,
        exit_code: 5,
        status: "failed",
      };
      const codex = JSON.stringify({ type: "item.completed", item });
      const other = JSON.stringify({ item, type: "item.completed" });
      for (const line of [codex, other, codex.replace("item_1", "item_\\u0031")]) {
        const reader = new EventReader();
        reader.push(bytes(`${line}\n`));
        assert.deepEqual(reader.finish().commands, [{
          id: "item_1",
          command: text,
          exitCode: 5,
          status: "failed",
        }]);
      }
    }
  });
}
