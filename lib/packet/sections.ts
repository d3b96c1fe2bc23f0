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
   * - `comment`: of a comment of several lines
   */
  readonly form: "inline" | "item" | "indented" | "plain" | "fenced" | "fence" | "comment";
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
 * of a line and outside of every code fence and comment: `NAME: value`, `NAME (comment): value`. Never throws.
 */
export function cutSections(text: string): Sections {
  const cutter = new Cutter();
  text.split(/\r\n|\n|\r/).forEach((raw, index) => cutter.take(raw.trimEnd(), index + 1));
  return cutter.finish();
}

/** Headings, rules and comments of Markdown order a packet for its reader; they are no values. */
export function isStructure(line: ValueLine): boolean {
  if (line.form === "comment") return true;
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
/** A comment that the line does not close. */
const COMMENT = /^<!(?!.*-->)--/s;

/** What hides the lines that follow, until it is closed. */
interface Cover {
  readonly kind: "code fence" | "comment";
  /** What closes it, on a line of its own where it is a fence. */
  readonly mark: string;
  readonly line: number;
  /** The fields below it that are none. */
  readonly swallowed: string[];
}

class Cutter {
  readonly #sections: Section[] = [];
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  #current: Section | undefined;
  #cover: Cover | undefined;

  take(raw: string, line: number): void {
    if (this.#cover) return this.#takeCovered(this.#cover, raw, line);
    const heading = this.#headingOf(raw);
    if (heading) return this.#open(heading, line);
    if (raw.trim() === "" && !this.#keepsBlanks()) return;
    const item = LIST_MARK.exec(raw);
    const text = item && !/^\s*([-*_])(\s*\1){2,}$/.test(raw) ? item[2] ?? "" : raw.trim();
    const form = item ? "item" : /^\s/.test(raw) ? "indented" : "plain";
    this.#add({ text, line, form, raw });
  }

  finish(): Sections {
    if (this.#cover) {
      const { kind, line, swallowed, mark } = this.#cover;
      if (swallowed.length > 0) {
        const remedy = kind === "comment"
          ? `Close it with ${mark}`
          : `Close it with ${mark} on a line of its own`;
        this.#problems.push({
          code: kind === "comment" ? "packet-comment-open" : "packet-fence-open",
          line,
          message:
            `The ${kind} opened at line ${line} is never closed, so ${swallowed.join(", ")} below it ` +
            `cannot be read as a field. ${remedy}.`,
        });
      }
      const form = kind === "comment" ? "comment" : "fence";
      this.#current?.lines.push({ text: mark, line, form, raw: mark });
    }
    return { sections: this.#sections, problems: this.#problems, warnings: this.#warnings };
  }

  #takeCovered({ kind, mark, swallowed }: Cover, raw: string, line: number): void {
    const text = raw.trim();
    const isFence = text.startsWith(mark) && text === text.charAt(0).repeat(text.length);
    const closes = kind === "comment" ? text.includes(mark) : isFence;
    if (closes) this.#cover = undefined;
    else {
      const name = HEADING.exec(raw)?.[1];
      const known = name === undefined ? undefined : fieldNamed(name);
      if (known) swallowed.push(`"${known}" (line ${line})`);
    }
    const form = kind === "comment" ? "comment" : closes ? "fence" : "fenced";
    this.#current?.lines.push({ text, line, form, raw });
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

  /** Adds a line to the open field; a fence or a comment may open on it. What stands before the first field belongs to none. */
  #add(value: ValueLine): void {
    // Behind a list mark one opens in the field's own line as it does below it.
    const marked = value.form === "inline" ? LIST_MARK.exec(value.text)?.[2] : undefined;
    const text = marked ?? value.text;
    const fence = FENCE.exec(text);
    if (fence) {
      this.#cover = { kind: "code fence", mark: fence[1] ?? fence[2] ?? "", line: value.line, swallowed: [] };
    } else if (COMMENT.test(text)) {
      this.#cover = { kind: "comment", mark: "-->", line: value.line, swallowed: [] };
    }
    const form = { "code fence": "fence", "comment": "comment" } as const;
    this.#current?.lines.push(this.#cover ? { ...value, form: form[this.#cover.kind] } : value);
  }

  #keepsBlanks(): boolean {
    const name = this.#current?.name;
    return name !== undefined && (typeof name !== "string" || FIELDS[name].kind === "text");
  }
}
