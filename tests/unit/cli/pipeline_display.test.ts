import assert from "node:assert/strict";
import type { CliContext } from "../../../lib/cli/context.ts";
import { pipelineDisplay } from "../../../lib/cli/pipeline_display.ts";
import type { PipelineProgress } from "../../../lib/pipeline/progress.ts";
import type { Attempt } from "../../../lib/pipeline/state.ts";

const STARTED: PipelineProgress = {
  kind: "pipeline",
  id: "p",
  folder: "/r/p",
  state: "/s",
  stages: ["implement", "checks"],
};
const FAILED: Attempt = {
  stage: "implement",
  round: 1,
  status: "failed",
  run_dir: "/r/run",
  started_at: "",
  duration_ms: 1500,
  tokens: 1200,
  reasons: [{ condition: 'verdict is "pass"', found: '"fail"\u001b[2J' }],
  failure: null,
  policy: null,
  result: null,
};
const EVENTS: readonly PipelineProgress[] = [
  STARTED,
  { kind: "stage-started", stage: "implement", round: 1 },
  {
    kind: "stage-progress",
    stage: "implement",
    progress: { kind: "codex", event: { kind: "command-started", id: "1", command: "npm test" } },
  },
  { kind: "stage-ended", attempt: FAILED },
  { kind: "went-back", from: "checks", to: "implement", round: 2 },
  { kind: "stage-skipped", stage: "checks", because: "The pipeline stopped before it." },
  { kind: "warning", text: "careful" },
];

Deno.test("without a terminal every event of a pipeline is a plain line", () => {
  assert.equal(
    shown({}),
    [
      "pipeline directory /r/p",
      "implement: started",
      "implement: $ npm test",
      'implement: failed (1.5 s, 1,200 tokens)\n  asked: verdict is "pass"; found: "fail" [2J',
      "checks: back to implement, round 2",
      "checks: skipped. The pipeline stopped before it.",
      "warning: careful",
    ].map((line) => `codex-dispatch: ${line}\n`).join(""),
  );
});

Deno.test("--quiet lets the warnings of a pipeline through and nothing else", () => {
  assert.equal(shown({ quiet: true }), "codex-dispatch: warning: careful\n");
});

Deno.test("on a terminal the stages stand a line each, within its width, and their end is drawn", () => {
  const output = shown({ columns: 40 });
  const last = output.slice(output.lastIndexOf("\x1b[J") + 3);
  const [implement = "", checks = ""] = last.split("\n");
  assert.match(implement, /^✗ implement 1 s · 1,200 tokens · asked/);
  assert.match(checks, /^- checks {4}The pipeline stopped/);
  for (const line of last.split("\n")) assert.ok(line.length < 40, line);
  assert.ok(output.includes("codex-dispatch: checks: back to implement, round 2\n"));
});

Deno.test("a terminal with CI or TERM=dumb gets plain lines", () => {
  for (const environment of [{ CI: "1" }, { TERM: "dumb" }]) {
    assert.ok(!shown({ columns: 80, environment }).includes("\x1b"));
  }
});

function shown(
  { columns, environment = {}, quiet = false }: {
    readonly columns?: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly quiet?: boolean;
  },
): string {
  let output = "";
  const context = {
    environment,
    stderr: (text: string) => output += text,
    draw: (text: string) => output += text,
    columns: () => columns,
  } as unknown as CliContext;
  const display = pipelineDisplay(context, { quiet });
  for (const event of EVENTS) display.report(event);
  display[Symbol.dispose]();
  return output;
}
