import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { completeLine, type CompletionWord } from "../complete_line.ts";
import type { CliContext } from "../context.ts";
import { runsOf } from "../meant_run.ts";
import { SHELLS } from "../shell_completions.ts";
import { MODES } from "../../packet/fields.ts";
import { runIds } from "../../records/read_runs.ts";
import { oneLine } from "../../base/text.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/**
 * `complete -- WORDS… =CURRENT`, which the scripts of {@link shellCompletions} call: the words that may stand at the cursor, and
 * what else the shell is to offer.
 */
export async function completeCommand(
  program: CommandUnknownOpts,
  given: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  const current = (given.at(-1) ?? "").replace(/^=/, "");
  const completion = completeLine(program, [...given.slice(0, -1), current]);
  const { known, kind } = completion.kind === "words"
    ? { known: completion.words, kind: "words" }
    : await valuesNamed(completion.name, completion.command, context);
  const begun = /^--[^=]+=/.test(current) ? current.slice(current.indexOf("=") + 1) : current;
  const fitting = known.filter(({ word }) => word.startsWith(begun));
  const lines = fitting.map(({ word, meaning }) =>
    meaning ? `${word}\t${oneLine(meaning, 80)}\n` : `${word}\n`
  );
  context.stdout(`${lines.join("")}:${kind}\n`);
  return EXIT.accepted;
}

interface Values {
  readonly known: readonly CompletionWord[];
  readonly kind: "words" | "ordered" | "files" | "folders" | "nothing";
}

/** The values that go by a name in the help: what a name means is the same in all commands. */
async function valuesNamed(name: string, command: CommandUnknownOpts, context: CliContext): Promise<Values> {
  const words = WORDS[name];
  if (words) return { known: words.map((word) => ({ word, meaning: "" })), kind: "words" };
  if (name === "id" && command.parent?.name() === "runs") {
    return { known: await lastRuns(context), kind: "ordered" };
  }
  if (name === "pipeline" || name === "built-in") {
    const { BUILT_IN_PIPELINES } = await import("../../pipeline/built_in_pipelines.ts");
    const known = [...BUILT_IN_PIPELINES.keys()].map((word) => ({ word, meaning: "" }));
    return { known, kind: name === "pipeline" ? "files" : "words" };
  }
  if (FILES.has(name)) return { known: [], kind: "files" };
  return { known: [], kind: name === "dir" ? "folders" : "nothing" };
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  mode: MODES,
  verdict: ["pass"],
  shell: SHELLS,
  format: ["text", "mermaid", "json"],
  schema: ["pipeline", "policy", "result", "answer"],
};

const FILES = new Set(["packet", "path", "file"]);

const MOST_RUNS = 50;

async function lastRuns(context: CliContext): Promise<CompletionWord[]> {
  try {
    const ids = await runIds(await runsOf({}, context));
    return ["last", ...ids.slice(0, MOST_RUNS)].map((word) => ({ word, meaning: "" }));
  } catch {
    // No runs, or none that can be read: there is nothing to offer, and a shell is no place for an error.
    return [];
  }
}
