import assert from "node:assert/strict";
import fc from "fast-check";
import { nearest, oneLine, plural, slug } from "../../../lib/base/text.ts";

Deno.test("one is one, and every other number is many", () => {
  assert.equal(plural(1, "file"), "1 file");
  for (const [count, text] of [[0, "0 files"], [2, "2 files"], [1_234_567, "1,234,567 files"]] as const) {
    assert.equal(plural(count, "file"), text);
  }
  assert.equal(plural(2, "entry", "entries"), "2 entries");
});

const SLUGS: readonly [text: string, most: number | undefined, slug: string][] = [
  ["Fix the parser", undefined, "fix-the-parser"],
  ["  --Fix__the  parser!! ", undefined, "fix-the-parser"],
  ["Über Café", undefined, "u-ber-cafe"],
  ["½ ﬁx", undefined, "1-2-fix"],
  ["修正", undefined, "task"],
  ["", undefined, "task"],
  ["../../etc/passwd\n", undefined, "etc-passwd"],
  ["a".repeat(50), undefined, "a".repeat(40)],
  ["abc def", 4, "abc"],
  ["abc def", 5, "abc-d"],
  ["--abc", 2, "a"],
];

for (const [text, most, is] of SLUGS) {
  Deno.test(`the slug of ${JSON.stringify(text)}${most ? ` in ${most}` : ""} is ${is}`, () => {
    assert.equal(slug(text, most), is);
  });
}

Deno.test("a slug is words of small letters and digits with single dashes, and never too long", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.integer({ min: 1, max: 50 }),
      (text, most) => {
        const made = slug(text, most);
        assert.match(made, /^[a-z0-9]+(-[a-z0-9]+)*$/);
        assert.ok(made.length <= most || made === "task");
      },
    ),
    { seed: 1 },
  );
});

/** The distance is the fewest insertions, deletions, replacements and swaps of neighbours. */
const DISTANCES: readonly [word: string, other: string, distance: number][] = [
  ["mode", "mode", 0],
  ["", "", 0],
  ["", "ab", 2],
  ["mod", "mode", 1],
  ["modes", "mode", 1],
  ["node", "mode", 1],
  ["mdoe", "mode", 1],
  ["omde", "mode", 1],
  ["modde", "mode", 1],
  ["omed", "mode", 2],
  ["kitten", "sitting", 3],
  ["flaw", "lawn", 2],
  ["abcd", "badc", 2],
  ["MODE", "mode", 4],
];

for (const [word, other, distance] of DISTANCES) {
  Deno.test(`"${word}" and "${other}" are ${distance} edits apart`, () => {
    assert.equal(nearest(word, [other], distance), other);
    assert.equal(nearest(other, [word], distance), word);
    assert.equal(nearest(word, [other], distance - 1), undefined);
  });
}

Deno.test("the nearest candidate is taken, of equals the first, and none beyond two edits", () => {
  assert.equal(nearest("wroker", ["reviewer", "workers", "worker"]), "worker");
  assert.equal(nearest("cat", ["bat", "hat"]), "bat");
  assert.equal(nearest("cat", ["horse", "cattle", ""]), undefined);
  assert.equal(nearest("cat", []), undefined);
});

const LINES: readonly [text: string, most: number | undefined, line: string][] = [
  ["plain", undefined, "plain"],
  ["  two\n\tlines \r\n", undefined, "two lines"],
  ["\x1b[31mred\x1b[0m", undefined, "[31mred [0m"],
  ["a\x00b\x07c\x7fd\x9be", undefined, "a b c d e"],
  ["a\u2028b\u2029c\u0085d", undefined, "a b c d"],
  ["", undefined, ""],
  [" \n ", undefined, ""],
  ["a".repeat(160), undefined, "a".repeat(160)],
  ["a".repeat(161), undefined, `${"a".repeat(159)}…`],
  ["abc def", 5, "abc…"],
  ["abc def", 7, "abc def"],
  ["abc def", 6, "abc d…"],
  ["a".repeat(1_000_000), 10, `${"a".repeat(9)}…`],
  // An ellipsis stands for what was cut, not for blanks.
  [`a${" ".repeat(1000)}b`, 10, "a…"],
  [`${" ".repeat(1000)}b`, 10, "…"],
  [`a${"\n".repeat(1000)}`, 10, "a"],
  // No half of a character is left.
  ["abc😀def", 5, "abc…"],
  ["😀".repeat(9), 5, "😀😀…"],
];

for (const [text, most, line] of LINES) {
  const shown = JSON.stringify(text.slice(0, 20));
  Deno.test(`${shown} (${text.length})${most ? ` in ${most}` : ""} is the line ${JSON.stringify(line)}`, () => {
    assert.equal(oneLine(text, most), line);
  });
}

Deno.test("a line is safe for a terminal, well formed, and never too long", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.integer({ min: 1, max: 20 }),
      (text, most) => {
        const line = oneLine(text, most);
        assert.ok(line.length <= most);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|^\s|\s$|\s\s/);
        assert.ok(line.isWellFormed() || !text.isWellFormed());
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
});
