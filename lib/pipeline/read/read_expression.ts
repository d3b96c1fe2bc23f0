import { ExpressionError, wellKnownFunctions } from "@actions/expressions";
import { checkExpression } from "./check_expression.ts";
import type { Report } from "./report.ts";
import type { Shape } from "./shapes.ts";
import { type Expression, parseExpression } from "../../base/expressions.ts";
import { messageOf } from "../../base/errors.ts";
import type { Span } from "../../base/source_text.ts";
import { nearest, oneLine } from "../../base/text.ts";

/** What expressions can read at some place of a pipeline. */
export interface Scope {
  readonly names: Readonly<Record<"inputs" | "env" | "stages", Shape>>;
  /** Gathers what is read, such as `inputs.scope`. */
  readonly reads: Set<string>;
  readonly report: Report;
}

/** A text of the file in which expressions may stand, with what messages call it. */
export interface Place {
  readonly name: string;
  readonly text: string;
  /** The part of the file that it is read from. */
  readonly span: Span;
}

export interface Found {
  readonly expression: Expression;
  readonly shape: Shape;
  /** It reads no name. */
  readonly constant: boolean;
  /** Names that its paths begin with. */
  readonly roots: ReadonlySet<string>;
  /** Looked for only where it is told of. */
  readonly span: () => Span;
}

/** Reads one expression with all that is wrong with it: undefined, and reported, if anything is. */
export function readExpression(
  { inner, start, end }: { readonly inner: string; readonly start: number; readonly end: number },
  place: Place,
  { names, report, reads }: Scope,
): Found | undefined {
  if (report.isFull) return undefined;
  // A bare expression begins where its text does.
  const innerAt = start < 0 ? 0 : start + 3;
  const within = (at: number, length: number): Span =>
    spanWithin(place, report, { at: innerAt + at, length });
  let expression: Expression;
  try {
    expression = parseExpression(inner, Object.keys(names));
  } catch (error) {
    const { message, at, length } = whyUnreadable(error, inner, Object.keys(names));
    report.error("expression", message, within(at, length));
    return undefined;
  }
  const { faults, ...found } = checkExpression(expression.parsed, names);
  for (const read of found.reads) reads.add(read);
  for (const { code, message, token } of faults) {
    report.error(code, message, within(offsetOf(token, inner), token.lexeme.length));
  }
  if (faults.length > 0) return undefined;
  const span = (): Span =>
    start < 0 ? place.span : spanWithin(place, report, { at: start, length: end - start });
  return { expression, ...found, span };
}

function whyUnreadable(
  error: unknown,
  inner: string,
  names: readonly string[],
): { message: string; at: number; length: number } {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = messageOf(cause ?? error).replace(/\. Located at position \d+ within expression:.*$/s, "");
  const word = /: '(.*)'$/s.exec(reason)?.[1] ?? "";
  const position = /Located at position (\d+)/.exec(messageOf(cause))?.[1];
  const at = cause instanceof ExpressionError
    ? offsetOf({ range: { start: cause.pos }, lexeme: word }, inner)
    : Math.max(0, Number(position ?? 1) - 1);
  return {
    message: `The expression "${oneLine(inner, 80)}" cannot be read: ${oneLine(reason, 120)}.${
      remedyFor(reason, word, names)
    }`,
    at,
    length: Math.max(1, word.length),
  };
}

function remedyFor(reason: string, word: string, names: readonly string[]): string {
  if (reason.includes('"')) return " Text stands in single quotes, such as 'pass'.";
  if (/symbol: '=+'$/.test(reason)) return " Write == to compare.";
  const known = reason.startsWith("Unrecognized function") ? Object.keys(wellKnownFunctions) : names;
  if (!reason.startsWith("Unrecognized")) return "";
  const meant = nearest(word.toLowerCase(), known);
  return meant === undefined ? ` There is ${known.join(", ")}.` : ` Did you mean "${meant}"?`;
}

/** Where a token stands in the text that was read. The library loses count behind a line break in a quoted string. */
function offsetOf(
  { range: { start }, lexeme }: {
    readonly range: { readonly start: { line: number; column: number } };
    readonly lexeme: string;
  },
  inner: string,
): number {
  let lineStart = 0;
  for (let line = 0; line < start.line; line++) lineStart = inner.indexOf("\n", lineStart) + 1;
  const at = lineStart + start.column;
  return inner.startsWith(lexeme, at) ? at : Math.max(0, inner.indexOf(lexeme));
}

/**
 * The place in the file of a part of a decoded text. Where escapes or folding lie between the two, the expression is found
 * by its number: `${{` stands in the file as it does in the text.
 */
export function spanWithin(
  { text, span }: Place,
  { source }: Report,
  { at, length }: { readonly at: number; readonly length: number },
): Span {
  const raw = source.text.slice(span.start, span.end);
  if (raw === text) return { start: span.start + at, end: span.start + at + length };
  const before = text.slice(0, at).split("\n");
  const line = before.length - 1;
  const rawLines = raw.split("\n");
  const indent = rawLines[line]?.indexOf(text.split("\n")[line] ?? "") ?? -1;
  // A block of text has its lines as they stand, but for the indentation.
  if (rawLines.length === text.trimEnd().split("\n").length && indent >= 0) {
    const start = span.start + rawLines.slice(0, line).reduce((sum, one) => sum + one.length + 1, indent) +
      (before.at(-1)?.length ?? 0);
    return { start, end: start + length };
  }
  const open = text.lastIndexOf("${{", at);
  if (open < 0) return span;
  const number = text.slice(0, open).split("${{").length;
  const found = raw.split("${{", number).join("${{").length;
  const exact = raw.startsWith(text.slice(open, at + length), found);
  const start = span.start + found + (exact ? at - open : 0);
  return { start, end: start + (exact ? length : 3) };
}
