import { type FieldName, FIELDS, type Mode, MODES } from "./fields.ts";
import { looksLikeField } from "./looks_like_field.ts";
import { missingFields } from "./missing_fields.ts";
import type { Item, PacketDraft, PacketFields } from "./packet_fields.ts";
import { cutSections, isStructure, type Section, type ValueLine } from "./sections.ts";
import type { Problem } from "../base/errors.ts";
import { showCount } from "../base/text.ts";

/** Codex takes a prompt of 1,048,576 characters; the rest is for what is put around the packet. */
export const MAX_PACKET_CHARACTERS = 1_000_000;

export interface PacketReading {
  /** What could be read, so that the rest can be checked in the same go. */
  readonly draft: PacketDraft | undefined;
  /** The draft, where nothing is wrong with it. */
  readonly fields: PacketFields | undefined;
  /** The line on which each known field stands. */
  readonly lines: ReadonlyMap<FieldName, number>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads a packet's text into its fields, with every problem at once. Pure; never throws. */
export function readPacket(text: string): PacketReading {
  const refused = refuseText(text);
  if (refused) {
    return { draft: undefined, fields: undefined, lines: new Map(), problems: [refused], warnings: [] };
  }
  const cut = cutSections(text.replace(/^\uFEFF/, ""));
  return new Reader(cut.sections, [...cut.problems], [...cut.warnings], text).read();
}

function refuseText(text: string): Problem | undefined {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const line = text.slice(0, nul).split("\n").length;
    return { code: "packet-nul", line, message: `The packet holds a NUL byte at line ${line}. Remove it.` };
  }
  if (text.length <= MAX_PACKET_CHARACTERS) return undefined;
  let characters = 0;
  for (const _ of text) characters++;
  if (characters <= MAX_PACKET_CHARACTERS) return undefined;
  return {
    code: "packet-too-long",
    message: `The packet has ${showCount(characters)} characters; Codex takes ` +
      `${showCount(MAX_PACKET_CHARACTERS)} at most. Put long material into a file and name it in INPUTS.`,
  };
}

class Reader {
  readonly #fields = new Map<FieldName, Section>();
  readonly #sections: readonly Section[];
  readonly #problems: Problem[];
  readonly #warnings: Problem[];
  readonly #text: string;

  constructor(sections: readonly Section[], problems: Problem[], warnings: Problem[], text: string) {
    this.#sections = sections;
    this.#problems = problems;
    this.#warnings = warnings;
    this.#text = text;
  }

  read(): PacketReading {
    this.#index();
    const mode = this.#mode();
    const workdir = this.#word("WORKDIR");
    const objective = this.#textOf("OBJECTIVE");
    const lists = {
      writeScope: this.#items("WRITE SCOPE"),
      nonGoals: this.#items("NON-GOALS"),
      verification: this.#items("VERIFICATION"),
      deliverable: this.#items("DELIVERABLE"),
      inputs: this.#items("INPUTS"),
      ignoredWrites: this.#items("IGNORED WRITES"),
      waive: this.#items("WAIVE"),
    };
    const flags = {
      allowDirtyOverlap: this.#flag("ALLOW DIRTY OVERLAP"),
      allowCommits: this.#flag("ALLOW COMMITS"),
    };
    this.#problems.push(...missingFields(this.#fields, this.#text));
    const others = this.#sections.flatMap((section) =>
      typeof section.name === "string" ? [] : [{ name: section.name.unknown, text: textOf(section.lines) }]
    );
    const draft = {
      mode,
      workdir: workdir?.text,
      workdirLine: workdir?.line ?? 1,
      objective,
      ...lists,
      context: this.#textOf("CONTEXT"),
      ...flags,
      others,
    };
    const lines = new Map([...this.#fields].map(([name, section]) => [name, section.line]));
    const { mode: known, workdir: place } = draft;
    const complete = this.#problems.length === 0 && known !== undefined && place !== undefined;
    const fields = complete ? { ...draft, mode: known, workdir: place } : undefined;
    return { draft, fields, lines, problems: byLine(this.#problems), warnings: this.#warnings };
  }

  #index(): void {
    for (const section of this.#sections) {
      if (typeof section.name !== "string") continue;
      const first = this.#fields.get(section.name);
      if (first) {
        this.#problem(
          "packet-field-twice",
          section.line,
          `Field "${section.name}" stands at line ${first.line} and again at line ${section.line}. Keep one of them, ` +
            `or put quoted text in a code fence.`,
        );
      } else {
        this.#fields.set(section.name, section);
      }
    }
  }

  #mode(): Mode | undefined {
    const word = this.#word("MODE");
    if (!word) return undefined;
    const mode = MODES.find((candidate) => candidate === word.text.toLowerCase());
    if (!mode) {
      this.#problem(
        "packet-mode",
        word.line,
        `MODE is "${word.text}". It takes one of ${MODES.join(", ")}.`,
      );
    }
    return mode;
  }

  /** The value of a field that takes one: on its line, or alone below it. */
  #word(name: FieldName): { text: string; line: number } | undefined {
    const lines = (this.#fields.get(name)?.lines ?? []).filter((line) =>
      line.form !== "fence" && line.text !== "" && !isStructure(line)
    );
    const [first, ...rest] = lines;
    if (!first) return undefined;
    for (const more of rest) {
      if (first.form === "inline" && more.form !== "item" && more.form !== "fenced") {
        this.#warnings.push({
          code: "packet-text-below",
          line: more.line,
          message:
            `Text below ${name} is handed to Codex but has no further effect. It may be meant for CONTEXT.`,
        });
      } else {
        this.#problem(
          "packet-one-value",
          more.line,
          `${name} takes one value, and a second one ("${
            more.text.slice(0, 60)
          }") stands at line ${more.line}.`,
        );
      }
      break;
    }
    return { text: unquoted(first.text), line: first.line };
  }

  #flag(name: FieldName): boolean {
    const word = this.#word(name);
    if (!word) return false;
    const text = word.text.toLowerCase();
    if (text !== "true" && text !== "false") {
      this.#problem("packet-flag", word.line, `${name} is "${word.text}". It takes true or false.`);
    }
    return text === "true";
  }

  #textOf(name: FieldName): string {
    return textOf(this.#fields.get(name)?.lines ?? []);
  }

  #items(name: FieldName): Item[] {
    const items: { text: string; line: number; literal: boolean; marked: boolean }[] = [];
    let open: { text: string } | undefined;
    for (const value of this.#fields.get(name)?.lines ?? []) {
      if (value.form === "fence" || value.text === "") continue;
      if (isStructure(value)) {
        this.#noField(name, value);
        continue;
      }
      if (value.form === "indented" && open && FIELDS[name].kind === "list") {
        open.text += `\n${value.text}`;
        continue;
      }
      const item = {
        text: value.text,
        line: value.line,
        literal: value.form === "fenced",
        marked: value.form === "item" || value.form === "inline",
      };
      items.push(item);
      open = value.form === "item" ? item : undefined;
    }
    return items;
  }

  /** What stands below the heading of another field must not be granted as a path. */
  #noField(name: FieldName, { form, raw, line }: ValueLine): void {
    const field = FIELDS[name].kind === "paths" && form !== "comment" ? looksLikeField(raw) : undefined;
    if (field === undefined) return;
    this.#problem(
      "packet-field-heading",
      line,
      `"${raw}" at line ${line} looks like the field ${field}, but it is a heading within ${name}, and what stands ` +
        `below it would be read as paths. Write "${field}:" at the start of a line.`,
    );
  }

  #problem(code: string, line: number | undefined, message: string): void {
    this.#problems.push({ code, message, line });
  }
}

/** Problems in the order of their lines; those without one come last. */
export function byLine(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
}

function textOf(lines: readonly ValueLine[]): string {
  return lines.map((line) => line.form === "inline" ? line.text : line.raw).join("\n").trim();
}

function unquoted(text: string): string {
  return /^`([^`]+)`$/.exec(text)?.[1] ?? text;
}
