import type { Problem } from "../../base/errors.ts";
import type { SourceText, Span } from "../../base/source_text.ts";

/** What is beyond is not gathered: nobody reads it, and telling of it costs. */
const MOST_PROBLEMS = 300;

/** Gathers what is wrong with a file, and what is doubtful in it. */
export class Report {
  readonly source: SourceText;
  readonly #problems: Problem[];
  readonly #warnings: Problem[];

  /** @param into another report, to which this one of a further file adds */
  constructor(source: SourceText, into?: Report) {
    this.source = source;
    this.#problems = into ? into.#problems : [];
    this.#warnings = into ? into.#warnings : [];
  }

  /** Whether so much is wrong that looking for more is no use. */
  get isFull(): boolean {
    return this.#problems.length >= MOST_PROBLEMS;
  }

  error(code: string, message: string, span: Span): void {
    if (!this.isFull) this.#problems.push(this.source.problem(code, message, span));
  }

  warning(code: string, message: string, span: Span): void {
    if (this.#warnings.length < MOST_PROBLEMS) this.#warnings.push(this.source.problem(code, message, span));
  }

  add(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  addWarnings(warnings: readonly Problem[]): void {
    this.#warnings.push(...warnings);
  }

  get problems(): readonly Problem[] {
    return inOrder(this.#problems);
  }

  get warnings(): readonly Problem[] {
    return inOrder(this.#warnings);
  }
}

/** By file, in the order in which the files came up, then by place. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  return problems.toSorted((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  );
}
