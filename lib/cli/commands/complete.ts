import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { completeLine, type Completion, type CompletionWord } from "../complete_line.ts";
import type { CliContext } from "../context.ts";
import { runsOf } from "../meant_run.ts";
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
    : await valuesOf(completion, context);
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

/** What the help lists; else what goes by the value's name, which means the same in all commands. */
async function valuesOf(
  { name, command, listed }: Extract<Completion, { readonly kind: "value" }>,
  context: CliContext,
): Promise<Values> {
  if (listed.length > 0) return { known: listed.map(plain), kind: "words" };
  if (name === "verdict") return { known: ["pass"].map(plain), kind: "words" };
  if (name === "id" && command.parent?.name() === "runs") {
    return { known: (await lastRuns(context)).map(plain), kind: "ordered" };
  }
  if (name === "pipeline" || name === "built-in") {
    const { BUILT_IN_PIPELINES } = await import("../../pipeline/built_in_pipelines.ts");
    return {
      known: [...BUILT_IN_PIPELINES.keys()].map(plain),
      kind: name === "pipeline" ? "files" : "words",
    };
  }
  if (FILES.has(name)) return { known: [], kind: "files" };
  return { known: [], kind: name === "dir" ? "folders" : "nothing" };
}

function plain(word: string): CompletionWord {
  return { word, meaning: "" };
}

const FILES = new Set(["packet", "path", "file"]);

const MOST_RUNS = 50;

async function lastRuns(context: CliContext): Promise<string[]> {
  try {
    const ids = await runIds(await runsOf({}, context));
    return ["last", ...ids.slice(0, MOST_RUNS)];
  } catch {
    // No runs, or none that can be read: there is nothing to offer, and a shell is no place for an error.
    return [];
  }
}
