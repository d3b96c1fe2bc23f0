import assert from "node:assert/strict";
import { reportError } from "../../../lib/cli/error_report.ts";
import { DispatchError } from "../../../lib/base/errors.ts";

Deno.test("every problem is a line with its place, and an entry of the document", () => {
  const { exit, text, document } = reportError(
    new DispatchError(1, [
      { code: "a", message: "First.", file: "task.md", line: 4 },
      { code: "b", message: "Second.", file: "task.md", line: 7, column: 2 },
      { code: "c", message: "Third." },
    ]),
  );
  assert.equal(exit, 1);
  assert.equal(
    text,
    "task.md:4: error: First.\ntask.md:7:2: error: Second.\ncodex-dispatch: error: Third.\n",
  );
  assert.deepEqual(document, {
    ok: false,
    exit: 1,
    errors: [
      { code: "a", message: "First.", file: "task.md", line: 4, column: null },
      { code: "b", message: "Second.", file: "task.md", line: 7, column: 2 },
      { code: "c", message: "Third.", file: null, line: null, column: null },
    ],
  });
});

Deno.test("a problem that brings its line is drawn with a mark, and its document has none", () => {
  const snippet = { text: "    timout: 5m", start: 4, length: 6 };
  const problem = { code: "a", message: "Unknown.", file: "p.yaml", line: 12, column: 5, snippet };
  const { text, document } = reportError(new DispatchError(1, [problem]));
  assert.equal(text, "p.yaml:12:5: error: Unknown.\n   12 |     timout: 5m\n      |     ^^^^^^\n");
  assert.deepEqual(document, {
    ok: false,
    exit: 1,
    errors: [{ code: "a", message: "Unknown.", file: "p.yaml", line: 12, column: 5 }],
  });
});

Deno.test("anything else that is thrown is a fault of ours: exit 70, with a request for a report", () => {
  for (const thrown of [new TypeError("x is undefined"), "text", undefined]) {
    const { exit, text } = reportError(thrown);
    assert.equal(exit, 70);
    assert.match(text, /Please report this/);
  }
});
