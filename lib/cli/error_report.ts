import { DispatchError, messageOf, type Problem } from "../base/errors.ts";
import { EXIT, type ExitCode } from "../base/exit_codes.ts";

export interface ErrorReport {
  readonly exit: ExitCode;
  /** For standard error. */
  readonly text: string;
  /** For standard output, where the caller asked for JSON. */
  readonly document: unknown;
}

/** How whatever was thrown looks to people and to programs. Pure. */
export function reportError(thrown: unknown): ErrorReport {
  const known = thrown instanceof DispatchError ? thrown : undefined;
  const exit = known?.exit ?? EXIT.fault;
  const problems: readonly Problem[] = known?.problems ?? [{ code: "fault", message: messageOf(thrown) }];
  const errors = problems.map(({ code, message, file, line, column }) => ({
    code,
    message,
    file: file ?? null,
    line: line ?? null,
    column: column ?? null,
  }));
  const text = known ? showProblems("error", problems) : faultText(thrown);
  return { exit, text, document: { ok: false, exit, errors } };
}

/**
 * Problems a line each, with the place before them where it is known: `task.md:4: error: …`. Where the problem brings its
 * line, that follows, with a mark below what is meant.
 */
export function showProblems(kind: "error" | "warning", problems: readonly Problem[]): string {
  return problems.map((problem) => {
    const { file, line, column, message } = problem;
    const place = [file, line, column].filter((part) => part !== undefined).join(":");
    const head = place === "" || file === undefined ? "codex-dispatch" : place;
    return `${head}: ${kind}: ${message}\n${snippetLines(problem)}`;
  }).join("");
}

function snippetLines({ line, snippet }: Problem): string {
  if (!snippet || line === undefined || snippet.text.trim() === "") return "";
  const number = String(line).padStart(5);
  const mark = " ".repeat(snippet.start) + "^".repeat(snippet.length);
  return `${number} | ${snippet.text}\n${" ".repeat(number.length)} | ${mark}\n`;
}

function faultText(thrown: unknown): string {
  const stack = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : String(thrown);
  return `codex-dispatch: a fault of codex-dispatch itself: ${messageOf(thrown)}\n${stack}\n` +
    "Please report this, with the lines above: https://github.com/fredchu/claude-codex-dispatch/issues\n";
}
