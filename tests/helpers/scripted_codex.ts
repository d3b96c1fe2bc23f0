import { join } from "node:path";
import { madeAnswer } from "./made_run.ts";
import { USE_MACHINE_PATH } from "./lean_path.ts";
import type { TestRepository } from "./repository.ts";
import { shellQuoted } from "../../lib/base/shell_quoted.ts";

export interface Script {
  /** Shell commands that run in WORKDIR; `$ANSWER` is the file for the answer, `$PROMPT` one with the prompt. */
  readonly action?: string;
  /** JSON that is written as the answer; null for none. By default a valid one that says done. */
  readonly answer?: unknown;
  /** Events between `turn.started` and `turn.completed`, printed after the action. */
  readonly events?: readonly unknown[];
  readonly exit?: number;
}

/** A valid answer; other keys where they are given, valid or not. */
export function answerWith(keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...madeAnswer({ summary: "As scripted." }), ...keys };
}

/** A command that ran, as the two events of it. */
export function commandEvents(command: string, exitCode: number): unknown[] {
  const item = { id: `item_${command}`, type: "command_execution", command, aggregated_output: "" };
  return [
    { type: "item.started", item: { ...item, exit_code: null, status: "in_progress" } },
    {
      type: "item.completed",
      item: { ...item, exit_code: exitCode, status: exitCode === 0 ? "completed" : "failed" },
    },
  ];
}

/** Writes a stand-in for `codex exec` into the home of a test repository and returns its path. No model is behind it. */
export async function scriptCodex(repository: TestRepository, script: Script = {}): Promise<string> {
  const file = join(repository.home, `codex-${crypto.randomUUID().slice(0, 8)}`);
  const answer = script.answer === undefined ? answerWith() : script.answer;
  const lines = (events: readonly unknown[]): string =>
    events.map((event) => `printf '%s\\n' ${shellQuoted(JSON.stringify(event))}\n`).join("");
  const text = `#!/bin/sh
${USE_MACHINE_PATH}
case "$1" in exec) shift;; --version) echo "codex-cli 0.0.0-scripted"; exit 0;; *) exit 1;; esac
while [ $# -gt 0 ]; do case "$1" in
  -C) cd "$2" || exit 9; shift 2;;
  -o) ANSWER=$2; shift 2;;
  *) shift;;
esac; done
PROMPT=${shellQuoted(`${file}.prompt`)}
cat >"$PROMPT"
export ANSWER PROMPT
${lines([{ type: "thread.started", thread_id: "thread-1" }, { type: "turn.started" }])}
(
${script.action ?? ":"}
)
${lines(script.events ?? [])}
${answer === null ? "" : `printf '%s' ${shellQuoted(JSON.stringify(answer))} >"$ANSWER"`}
${lines([{ type: "turn.completed", usage: { input_tokens: 10, output_tokens: 5 } }])}
exit ${script.exit ?? 0}
`;
  await Deno.writeTextFile(file, text, { mode: 0o755 });
  return file;
}
