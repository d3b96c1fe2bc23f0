import assert from "node:assert/strict";
import { SourceText } from "../../../lib/base/source_text.ts";

/** | text | offset | line:column | */
const PLACES: readonly (readonly [text: string, offset: number, place: string])[] = [
  ["", 0, "1:1"],
  ["", 5, "1:1"],
  ["ab", 1, "1:2"],
  ["ab", 2, "1:3"],
  ["ab", -1, "1:1"],
  ["a\nb", 1, "1:2"],
  ["a\nb", 2, "2:1"],
  ["a\r\nb", 3, "2:1"],
  ["a\rb", 2, "2:1"],
  ["a\n\nb", 2, "2:1"],
  ["a\n", 2, "2:1"],
  ["😀b", 2, "1:3"],
];

for (const [text, offset, place] of PLACES) {
  Deno.test(`offset ${offset} of ${JSON.stringify(text)} is ${place}`, () => {
    const { line, column } = new SourceText("f", text).placeOf(offset);
    assert.equal(`${line}:${column}`, place);
  });
}

Deno.test("a problem has its place, its line, and the part that is meant", () => {
  const source = new SourceText("f.yaml", "one\n\ttwo three\r\nfour");
  assert.deepEqual(source.problem("c", "M.", { start: 9, end: 14 }), {
    code: "c",
    message: "M.",
    file: "f.yaml",
    line: 2,
    column: 6,
    snippet: { text: " two three", start: 5, length: 5 },
  });
});

Deno.test("what is meant ends at its line's end, and is never nothing", () => {
  const source = new SourceText("f", "one\ntwo");
  assert.equal(source.problem("c", "M.", { start: 1, end: 7 }).snippet?.length, 2);
  assert.equal(source.problem("c", "M.", { start: 3, end: 3 }).snippet?.length, 1);
  assert.equal(source.problem("c", "M.", { start: 99, end: 100 }).snippet?.length, 1);
});

Deno.test("of a very long line the surroundings are shown, without control characters", () => {
  const source = new SourceText("f", `${"x".repeat(5000)}\u001b[31m\u0007!${"y".repeat(5000)}`);
  const { snippet, column } = source.problem("c", "M.", { start: 5006, end: 5007 });
  assert.equal(column, 5007);
  assert.ok(snippet && snippet.text.length <= 200);
  assert.equal(snippet.text[snippet.start], "!");
  assert.match(snippet.text, /^x+ \[31m !y+$/);
});
