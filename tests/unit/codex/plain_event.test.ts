import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandEvent, readPlainCommand } from "../../../lib/codex/plain_event.ts";

/** What JSON.parse says of a line; undefined for one that is no command's beginning or end. */
function parsed(line: string): CommandEvent | undefined {
  try {
    const { type, item } = JSON.parse(line);
    if (item?.type !== "command_execution" || !/^item\.(started|completed)$/.test(type)) return undefined;
    return {
      id: item.id,
      command: item.command,
      exitCode: item.exit_code,
      status: item.status,
      completed: type === "item.completed",
    };
  } catch {
    return undefined;
  }
}

const read = (line: string): CommandEvent | undefined => readPlainCommand(line, 0, line.length);

/** Text as it stands in commands and outputs, and such as is hard to read. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(
    fc.constantFrom(
      ...[
        "a",
        "é",
        "\u2028",
        "\ud83d\ude00",
        "\ud800",
        "\ufeff",
        "\\",
        '"',
        '\\"',
        "\n",
        "\t",
        "\x00",
        "}}",
        "{",
        ",",
      ],
      '","aggregated_output":"',
      '","exit_code":7,"status":"failed"}}',
      '","type":"command_execution","command":"',
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join("")),
);

const item = fc.record({
  id: fc.oneof(fc.integer({ min: 0, max: 99 }).map((number) => `item_${number}`), text),
  command: text,
  aggregated_output: fc.oneof(text, text.map((each) => `${each}${"long ".repeat(200)}${each}`)),
  exit_code: fc.oneof(fc.constantFrom(0, 1, -1, 127), fc.constant(null), fc.double({ noNaN: true })),
  status: fc.oneof(fc.constantFrom("in_progress", "completed", "failed", "declined"), text),
});
type Item = typeof item extends fc.Arbitrary<infer Value> ? Value : never;

/** In the order in which Codex writes it. */
function codexLine(type: string, { id, command, aggregated_output, exit_code, status }: Item): string {
  return JSON.stringify({
    type,
    item: { id, type: "command_execution", command, aggregated_output, exit_code, status },
  });
}

const type = fc.constantFrom("item.started", "item.completed", "item.updated");
const line = fc.tuple(type, item).map(([each, of]) => codexLine(each, of));

/** | what of an event as Codex writes it | is put otherwise | ; the rest is JSON as before */
const REWRITINGS: readonly (readonly [string | RegExp, string])[] = [
  ["{", "{ "],
  [/\}$/, "}\t"],
  [/":/g, '" :'],
  [',"exit_code"', ', "exit_code"'],
  ['"id":', '"id":"other","id":'],
  ['"id":"', '"id":"\\u0061'],
  ['"command":', '"cwd":"x","command":'],
  ['"command":', '"command":1,"command":'],
  ['"aggregated_output":', '"cwd":"x","aggregated_output":'],
  ['"aggregated_output":', '"command":"later","aggregated_output":'],
  ['"exit_code":', '"exit_code":3,"exit_code":'],
  ['"exit_code":', '"command":"later","exit_code":'],
  ['"exit_code":', '"id":"later","exit_code":'],
  ['"exit_code":', '"type":"reasoning","exit_code":'],
  ['"exit_code":', '"of":{"a":"b","exit_code":9,"status":"x"},"exit_code":'],
  [/\}\}$/, '},"item":{"id":"1","exit_code":0,"status":"completed"}}'],
  [/\}\}$/, '},"of":{"a":"","exit_code":0,"status":"completed"}}'],
  [/\}\}$/, '},"type":"turn.started"}'],
  [/\}\}$/, ',"exit_code":4}}'],
  [/\}\}$/, ',"status":"x"}}'],
  ["command_execution", "command_\\u0065xecution"],
];

const rewritten: fc.Arbitrary<string> = fc.tuple(line, fc.constantFrom(...REWRITINGS)).map((
  [each, [from, to]],
) => each.replace(from, () => to));

Deno.test("of a line that is JSON the fast reader says what JSON.parse says, or nothing", () => {
  let fast = 0;
  fc.assert(
    fc.property(fc.oneof(line, rewritten), (each) => {
      JSON.parse(each);
      const seen = read(each);
      if (seen === undefined) return;
      fast++;
      assert.deepEqual(seen, parsed(each));
    }),
    { seed: 6, numRuns: 5_000 },
  );
  assert.ok(fast > 500, `${fast} of 5,000 lines were read fast`);
});

Deno.test("a line that was changed anywhere but in its output is read as JSON.parse reads it, or not at all", () => {
  const damage = fc.constantFrom("", '"', "\\", "{", "}", ",", ":", "0", " ", "n", "u", "x");
  fc.assert(
    fc.property(line, fc.nat(), fc.nat(2), damage, (each, at, removed, put) => {
      const place = at % each.length;
      const damaged = each.slice(0, place) + put + each.slice(place + removed);
      const seen = read(damaged);
      if (seen === undefined) return;
      // Where it ends is what is looked for in an output, and nothing else.
      const without = damaged.replace(/"aggregated_output":"(?:[^"\\]|\\.)*"/s, '"aggregated_output":""');
      assert.deepEqual(seen, parsed(damaged) ?? parsed(without));
    }),
    { seed: 7, numRuns: 10_000 },
  );
});

/** | how Codex writes an event: its output | read fast | */
const OUTPUTS: readonly (readonly [string, string, boolean])[] = [
  ["nothing", "", true],
  ["lines", "one\ntwo\n".repeat(100), true],
  [
    "some quotation marks",
    'import x from "y";\n'.repeat(50) + "a longer line than that one. ".repeat(40),
    true,
  ],
  ["hardly anything but quotation marks", '"'.repeat(1_000), false],
  ["backslashes", "\\".repeat(999), true],
  ["what looks like the end of the event", '","exit_code":3,"status":"failed"}}', false],
];

for (const [what, output, isFast] of OUTPUTS) {
  Deno.test(`a command whose output is ${what} is ${isFast ? "read fast" : "left to JSON.parse"}`, () => {
    const of = { id: "item_1", command: "make", aggregated_output: output, exit_code: 2, status: "failed" };
    const each = codexLine("item.completed", of);
    assert.deepEqual(read(each), isFast ? parsed(each) : undefined);
  });
}

Deno.test("what stands before and behind a line does not count", () => {
  const of = { id: "item_1", command: "make", aggregated_output: "x", exit_code: 0, status: "completed" };
  const whole = codexLine("item.completed", of);
  const behind = `\n${whole}\n`;
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    assert.equal(readPlainCommand(`${whole}${cut}${behind}`, whole.length, whole.length + length), undefined);
  }
  assert.deepEqual(readPlainCommand(`x${whole}${behind}`, 1, 1 + whole.length), parsed(whole));
});
