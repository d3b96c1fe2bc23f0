import { EXIT, type ExitCode } from "./exit_codes.ts";

/** One thing that is wrong with an input, with the place where it stands. */
export interface Problem {
  /** A stable word for programs, such as `packet-field-missing`. */
  readonly code: string;
  /** A sentence for people: what was found, and what to do. */
  readonly message: string;
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  /** Counted from 1. */
  readonly column?: number | undefined;
  /** For people alone: the line, and the part of it that is meant. */
  readonly snippet?: Snippet | undefined;
}

export interface Snippet {
  /** The line, or the part of a very long one. */
  readonly text: string;
  /** Where the part that is meant begins in the text, counted from 0. */
  readonly start: number;
  readonly length: number;
}

/**
 * Everything that codex-dispatch throws on purpose. It carries the exit status it should end with and all problems of
 * the input at once; `lib/cli/error_report.ts` words it for people and programs.
 */
export class DispatchError extends Error {
  readonly exit: ExitCode;
  readonly problems: readonly Problem[];

  constructor(exit: ExitCode, problems: readonly Problem[], options: { cause?: unknown } = {}) {
    super(problems.map((problem) => problem.message).join("\n"), options);
    this.name = "DispatchError";
    this.exit = exit;
    this.problems = problems;
  }
}

/** An error with one problem and exit status 1: the input is wrong, nothing was started. */
export function badInput(code: string, message: string, options: { cause?: unknown } = {}): DispatchError {
  return new DispatchError(EXIT.badInput, [{ code, message }], options);
}

/** An error with one problem and exit status 2: the input is fine, but Codex cannot or should not be started now. */
export function refusal(code: string, message: string, options: { cause?: unknown } = {}): DispatchError {
  return new DispatchError(EXIT.refused, [{ code, message }], options);
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
