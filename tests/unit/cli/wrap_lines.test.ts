import assert from "node:assert/strict";
import fc from "fast-check";
import { wrapLines } from "../../../lib/cli/wrap_lines.ts";

const WORDS = "one two three four five six seven eight nine ten";
const LONG = `/${"a-long-path/".repeat(6)}`;

/** | text | lines on 40 columns | */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["", [""]],
  ["x".repeat(40), ["x".repeat(40)]],
  [WORDS, ["one two three four five six seven eight", "  nine ten"]],
  [`${WORDS}\n\n${WORDS}\n`, [
    "one two three four five six seven eight",
    "  nine ten",
    "",
    "one two three four five six seven eight",
    "  nine ten",
    "",
  ]],
  [`  found: ${WORDS}`, ["  found: one two three four five six", "    seven eight nine ten"]],
  [`see ${LONG} for more of it`, ["see", `  ${LONG}`, "  for more of it"]],
  [LONG, [LONG]],
  // Commands.
  ["  to go on: codex-dispatch pipeline resume 20261122-1 --approve", [
    "  to go on:",
    "    codex-dispatch pipeline resume 20261122-1 --approve",
  ]],
  ["make room: codex-dispatch runs prune --all, and then some more", [
    "make room:",
    "  codex-dispatch runs prune --all, and then some more",
  ]],
  // Lines of a file, with a mark below.
  [`    4 | ${WORDS}\n      | ${" ".repeat(40)}^^^`, [`    4 | ${WORDS}`, `      | ${" ".repeat(40)}^^^`]],
];

for (const [text, lines] of CASES) {
  Deno.test(`on a terminal of 40 columns, ${JSON.stringify(text)} is written so`, () => {
    assert.deepEqual(wrapLines(text, 40).split("\n"), lines);
  });
}

Deno.test("on a terminal of hardly any columns lines are left to it", () => {
  assert.equal(wrapLines(WORDS, 20), WORDS);
});

Deno.test("no word is broken or lost, and a line is too long for one word's sake alone", () => {
  const texts = fc.array(fc.stringMatching(/^[a-z/."]{1,60}$/), { maxLength: 30 });
  fc.assert(fc.property(texts, fc.integer({ min: 40, max: 120 }), (words, columns) => {
    const wrapped = wrapLines(words.join(" "), columns);
    assert.deepEqual(wrapped.split(/\s+/).filter((word) => word !== ""), words);
    for (const line of wrapped.split("\n")) {
      assert.ok(line.length <= columns || !line.trim().includes(" "), line);
    }
  }));
});
