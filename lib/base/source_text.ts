import type { Problem, Snippet } from "./errors.ts";

/** Part of a text: from `start` up to `end`, counted in UTF-16 units from 0. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A file's text that problems are told of with line, column and the line itself. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Line and column of an offset, both counted from 1. One behind the end is the end. */
  placeOf(offset: number): { line: number; column: number } {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const starts = this.#starts();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  }

  /** A line without its break. Lines are counted from 1. */
  lineAt(line: number): Span {
    const starts = this.#starts();
    const start = starts[line - 1] ?? this.text.length;
    const text = this.text.slice(start, starts[line] ?? this.text.length);
    return { start, end: start + text.replace(/[\r\n]+$/, "").length };
  }

  problem(code: string, message: string, span: Span): Problem {
    const place = this.placeOf(span.start);
    return { code, message, file: this.file, ...place, snippet: this.#snippet(place, span) };
  }

  #snippet({ line, column }: { line: number; column: number }, span: Span): Snippet {
    const { start: lineStart, end } = this.lineAt(line);
    const whole = this.text.slice(lineStart, end);
    // Of a line of a megabyte only the surroundings are shown.
    const from = whole.length <= MOST_SHOWN ? 0 : Math.max(0, Math.min(column - 1, whole.length) - BEFORE);
    // One character for one: the mark below must not move.
    // deno-lint-ignore no-control-regex
    const text = whole.slice(from, from + MOST_SHOWN).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
    const start = column - 1 - from;
    return { text, start, length: Math.max(1, Math.min(span.end - span.start, text.length - start)) };
  }

  #starts(): readonly number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (const match of this.text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
    return this.#lineStarts = starts;
  }
}

const BEFORE = 80;
const MOST_SHOWN = 160;
