import assert from "node:assert/strict";
import { forLine, forTerminal } from "../../../lib/base/for_terminal.ts";

/** | text | for a terminal | for one line, where that is another */
const TEXTS: readonly (readonly [text: string, terminal: string, line?: string])[] = [
  ["plain – é 日本 😀 \\", "plain – é 日本 😀 \\"],
  ["two\nlines\n", "two\nlines\n", "two\\nlines\\n"],
  ["two\r\nlines\tand tabs", "two\nlines\tand tabs", "two\\r\\nlines\\tand tabs"],
  ["over\rwritten", "over\\rwritten"],
  ["\x1b[1A\x1b[2Kup", "\\u001b[1A\\u001b[2Kup"],
  ["\x1b]0;title\x07\0", "\\u001b]0;title\\u0007\\u0000"],
  ["\x9b31m\x85\x7f", "\\u009b31m\\u0085\\u007f"],
  ["\u202eturned\u2066\u2069", "\\u202eturned\\u2066\\u2069"],
  ["a\u2028b\vc\fd", "a\\u2028b\\u000bc\\u000cd"],
  ["שלום\u200f!", "שלום\u200f!"],
];

for (const [text, terminal, line = terminal] of TEXTS) {
  Deno.test(`a terminal is shown ${JSON.stringify(text)} and obeys none of it`, () => {
    assert.deepEqual([forTerminal(text), forLine(text)], [terminal, line]);
    assert.equal(forTerminal(terminal), terminal);
  });
}
