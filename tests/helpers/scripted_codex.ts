import { join } from "node:path";
import { madeAnswer } from "./made_run.ts";
import type { TestRepository } from "./repository.ts";
import { PRINTS_START, printsLines, STAND_IN_HEAD, writesAnswer } from "./stand_in_text.ts";
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
  const text = [
    STAND_IN_HEAD,
    `PROMPT=${shellQuoted(`${file}.prompt`)}\ncat >"$PROMPT"\nexport ANSWER PROMPT\n`,
    PRINTS_START,
    `(\n${script.action ?? ":"}\n)\n`,
    printsLines(...script.events ?? []),
    writesAnswer(answer),
    printsLines({ type: "turn.completed", usage: { input_tokens: 10, output_tokens: 5 } }),
    `exit ${script.exit ?? 0}\n`,
  ].join("");
  await Deno.writeTextFile(file, text, { mode: 0o755 });
  return file;
}
