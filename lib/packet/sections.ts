import { type FieldName, fieldNamed, FIELDS, spelling } from "./fields.ts";
import type { Problem } from "../base/errors.ts";
import { nearest } from "../base/text.ts";

/** One line of a field's value. */
export interface ValueLine {
  /** Without the list mark and without white space at its ends. */
  readonly text: string;
  readonly line: number;
  /**
   * - `inline`: behind the field's colon
   * - `item`: behind a list mark
   * - `indented`, `plain`: below the field
   * - `fenced`: inside a code fence
   * - `fence`: the fence itself
   */
  readonly form: "inline" | "item" | "indented" | "plain" | "fenced" | "fence";
  /** The line as it stands, but for white space at its end. */
  readonly raw: string;
}

/** A field of a packet with its value still as lines. */
export interface Section {
  /** The known field, or the heading of one that is unknown. */
  readonly name: FieldName | { readonly unknown: string };
  readonly line: number;
  readonly lines: ValueLine[];
}

export interface Sections {
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Cuts a packet's text into its fields. A field is a heading in upper case (or a known name in any case) at the start
 * of a line and outside of every code fence: `NAME: value`, `NAME (comment): value`. Never throws.
 */
export function cutSections(text: string): Sections {
  const cutter = new Cutter();
  text.split(/\r\n|\n|\r/).forEach((raw, index) => cutter.take(raw.trimEnd(), index + 1));
  return cutter.finish();
}

/** Headings, rules and comments of Markdown order a packet for its reader; they are no values. */
export function isStructure(line: ValueLine): boolean {
  if (line.form === "fenced" || line.form === "inline") return false;
  return /^#{1,6}\s/.test(line.raw) || /^\s*([-*_])(\s*\1){2,}$/.test(line.raw) ||
    /^<!--.*-->$/s.test(line.raw);
}

/**
 * A heading's name is bounded and ends in no blank, so that a line of a million blanks costs no more than its length.
 * Here and below `.` takes all that a line may hold, U+2028 included.
 */
const HEADING = /^([A-Za-z][A-Za-z0-9 _-]{0,60}?)(?<! )\s*(?:\([^)]*\)\s*)?:\s*(.*)$/s;
const UPPER_CASE = /^[A-Z][A-Z0-9 _-]*$/;
const LIST_MARK = /^(\s*)(?:[-*+]|\d{1,9}[.)])(?:\s+(.*))?$/s;
/** A fence opens with three or more backticks (and no further one on the line) or tildes. */
const FENCE = /^(`{3,})[^`]*$|^(~{3,}).*$/s;

class Cutter {
  readonly #sections: Section[] = [];
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  #current: Section | undefined;
  #fence: { mark: string; line: number; swallowed: string[] } | undefined;

  take(raw: string, line: number): void {
    if (this.#fence) return this.#takeFenced(raw, line);
    const heading = this.#headingOf(raw);
    if (heading) return this.#open(heading, line);
    if (raw.trim() === "" && !this.#keepsBlanks()) return;
    const item = LIST_MARK.exec(raw);
    const text = item && !/^\s*([-*_])(\s*\1){2,}$/.test(raw) ? item[2] ?? "" : raw.trim();
    const form = item ? "item" : /^\s/.test(raw) ? "indented" : "plain";
    this.#add({ text, line, form, raw });
  }

  finish(): Sections {
    if (this.#fence) {
      const { line, swallowed, mark } = this.#fence;
      if (swallowed.length > 0) {
        this.#problems.push({
          code: "packet-fence-open",
          line,
          message:
            `The code fence opened at line ${line} is never closed, so ${swallowed.join(", ")} below it ` +
            `cannot be read as a field. Close it with ${mark} on a line of its own.`,
        });
      }
      this.#current?.lines.push({ text: mark, line, form: "fence", raw: mark });
    }
    return { sections: this.#sections, problems: this.#problems, warnings: this.#warnings };
  }

  #takeFenced(raw: string, line: number): void {
    const fence = this.#fence;
    if (!fence) return;
    const text = raw.trim();
    if (text.startsWith(fence.mark) && text === text.charAt(0).repeat(text.length)) {
      this.#fence = undefined;
      this.#current?.lines.push({ text, line, form: "fence", raw });
      return;
    }
    const name = HEADING.exec(raw)?.[1];
    const known = name === undefined ? undefined : fieldNamed(name);
    if (known) fence.swallowed.push(`"${known}" (line ${line})`);
    this.#current?.lines.push({ text, line, form: "fenced", raw });
  }

  #headingOf(raw: string): { name: Section["name"]; value: string } | undefined {
    const match = HEADING.exec(raw);
    if (!match) return undefined;
    const [, name = "", value = ""] = match;
    const known = fieldNamed(name);
    if (known) return { name: known, value };
    return UPPER_CASE.test(name) ? { name: { unknown: name.trim() }, value } : undefined;
  }

  #open({ name, value }: { name: Section["name"]; value: string }, line: number): void {
    if (typeof name !== "string") this.#meetUnknown(name.unknown, line);
    this.#current = { name, line, lines: [] };
    this.#sections.push(this.#current);
    // A list field whose value is nothing but a parenthesis: a comment, as 0.1.1 read it.
    const comment = typeof name === "string" && FIELDS[name].kind !== "text" && /^\([^)]*\)$/.test(value);
    if (value !== "" && !comment) this.#add({ text: value, line, form: "inline", raw: value });
  }

  #meetUnknown(name: string, line: number): void {
    const known = Object.keys(FIELDS).find((field) =>
      nearest(spelling(name), [spelling(field)], field.length <= 5 ? 1 : 2) !== undefined
    );
    if (known) {
      this.#problems.push({
        code: "packet-field-misspelt",
        line,
        message: `Unknown field "${name}". Did you mean "${known}"? (If it is text, indent the line.)`,
      });
    } else {
      this.#warnings.push({
        code: "packet-field-unknown",
        line,
        message: `Unknown field "${name}": handed to Codex as text, without further effect.`,
      });
    }
  }

  /** Adds a line to the open field; a fence may open on it. What stands before the first field belongs to none. */
  #add(value: ValueLine): void {
    // Behind a list mark a fence opens in the field's own line as it does below it.
    const marked = value.form === "inline" ? LIST_MARK.exec(value.text)?.[2] : undefined;
    const mark = FENCE.exec(marked ?? value.text);
    if (mark) {
      this.#fence = { mark: mark[1] ?? mark[2] ?? "", line: value.line, swallowed: [] };
      this.#current?.lines.push({ ...value, form: "fence" });
    } else {
      this.#current?.lines.push(value);
    }
  }

  #keepsBlanks(): boolean {
    const name = this.#current?.name;
    return name !== undefined && (typeof name !== "string" || FIELDS[name].kind === "text");
  }
}
