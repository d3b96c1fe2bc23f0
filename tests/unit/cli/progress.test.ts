import assert from "node:assert/strict";
import type { CliContext } from "../../../lib/cli/context.ts";
import { eventText, progressDisplay } from "../../../lib/cli/progress.ts";

function display(options: { columns?: number; environment?: Record<string, string>; quiet?: boolean } = {}): {
  report: ReturnType<typeof progressDisplay>["report"];
  end: () => string;
} {
  let output = "";
  const context = {
    environment: options.environment ?? {},
    stderr: (text: string) => output += text,
    draw: (text: string) => output += text,
    columns: () => options.columns,
  } as unknown as CliContext;
  const shown = progressDisplay(context, options.quiet ?? false);
  return {
    report: shown.report,
    end: () => {
      shown[Symbol.dispose]();
      return output;
    },
  };
}

Deno.test("without a terminal every event is a plain line", () => {
  const { report, end } = display();
  report({ kind: "step", text: "running Codex" });
  report({ kind: "codex", event: { kind: "command-started", id: "1", command: "npm test" } });
  report({ kind: "warning", text: "careful" });
  assert.equal(end(), "codex-dispatch: running Codex\ncodex: $ npm test\ncodex-dispatch: warning: careful\n");
});

Deno.test("of a flood of events those that do not fit are counted", () => {
  const { report, end } = display();
  for (let i = 0; i < 5_000; i++) report({ kind: "codex", event: { kind: "message", text: `m${i}` } });
  const lines = end().trimEnd().split("\n");
  const shown = lines.filter((line) => line.startsWith("codex: says: m")).length;
  const counted = lines.map((line) => Number(/\((\d+) more events\)/.exec(line)?.[1] ?? 0)).reduce(
    (a, b) => a + b,
    0,
  );
  assert.equal(shown + counted, 5_000);
  assert.ok(shown < 1_000, `${shown} lines`);
});

Deno.test("--quiet lets warnings through and nothing else", () => {
  const { report, end } = display({ quiet: true });
  report({ kind: "step", text: "running Codex" });
  report({ kind: "warning", text: "careful" });
  assert.equal(end(), "codex-dispatch: warning: careful\n");
});

for (const environment of [{ TERM: "dumb" }, { CI: "true" }]) {
  Deno.test(`a terminal with ${JSON.stringify(environment)} gets plain lines`, () => {
    const { report, end } = display({ columns: 80, environment });
    report({ kind: "step", text: "running Codex" });
    assert.equal(end(), "codex-dispatch: running Codex\n");
  });
}

Deno.test("on a terminal a warning stays and the live line leaves nothing behind", () => {
  const { report, end } = display({ columns: 80 });
  report({ kind: "step", text: "running Codex" });
  report({ kind: "warning", text: "careful" });
  assert.equal(end(), "\r\x1b[2Kcodex-dispatch: warning: careful\n\r\x1b[2K");
});

Deno.test("what Codex prints reaches no terminal as an escape sequence", () => {
  const text = eventText({ kind: "message", text: "\x1b]0;title\x07\x9b31mred\nnext" });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
});

Deno.test("of the answer the summary is shown, of a message its text", () => {
  assert.equal(eventText({ kind: "message", text: '{"summary":"All\\ngood."}' }), "answers: All good.");
  assert.equal(eventText({ kind: "message", text: "{not json" }), "says: {not json");
});
