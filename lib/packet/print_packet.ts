import { type FieldName, FIELDS } from "./fields.ts";
import type { Item, PacketFields } from "./packet_fields.ts";
import { cutSections, isStructure } from "./sections.ts";

/** Writes fields as a packet. Read again, it gives the same fields. */
export function printPacket(fields: PacketFields): string {
  const blocks = [
    [`MODE: ${fields.mode}`, word("WORKDIR", fields.workdir), text("OBJECTIVE", fields.objective)].join("\n"),
    items("WRITE SCOPE", fields.writeScope),
    items("NON-GOALS", fields.nonGoals),
    items("VERIFICATION", fields.verification),
    items("DELIVERABLE", fields.deliverable),
    text("CONTEXT", fields.context),
    items("INPUTS", fields.inputs),
    fields.allowDirtyOverlap ? "ALLOW DIRTY OVERLAP: true" : "",
    fields.allowCommits ? "ALLOW COMMITS: true" : "",
    items("IGNORED WRITES", fields.ignoredWrites),
    items("WAIVE", fields.waive),
    ...fields.others.map((other) => text(other.name, other.text)),
  ];
  return blocks.filter((block) => block !== "").join("\n\n") + "\n";
}

/** In backticks or a fence where the bare value could be read as a comment, a fence, or without blanks at its ends. */
function word(name: FieldName, value: string): string {
  if (/^(?:[/A-Za-z]|~(?!~))/.test(value) && value === value.trim()) return `${name}: ${value}`;
  return value.includes("`") ? `${name}:\n${fenced(value)}` : `${name}: \`${value}\``;
}

/** The first line behind the colon, where it can be no heading of its own. */
function text(name: string, value: string): string {
  if (value === "") return name in FIELDS ? "" : `${name}:`;
  return `${name}: ${value}`;
}

function items(name: FieldName, list: readonly Item[]): string {
  const [first, second] = list;
  if (!first) return "";
  // In a list an indented line goes on with an item above it, but not with a value on the field's own line.
  const inline = FIELDS[name].kind === "list" && second !== undefined && first.marked && isBare(second) &&
    !standsAlone(second.text);
  return inline
    ? [`${name}: ${first.text}`, ...list.slice(1).map(item)].join("\n")
    : [`${name}:`, ...list.map(item)].join("\n");
}

function item(value: Item): string {
  const { text, literal } = value;
  if (literal) return fenced(text);
  if (isBare(value)) return standsAlone(text) ? text : `  ${text}`;
  const [first = "", ...more] = text.split("\n");
  // Behind a dash, dashes alone would be a rule.
  return [`${/^[-\s]+$/.test(first) ? "+" : "-"} ${first}`, ...more].join("\n  ");
}

function isBare({ literal, marked }: Item): boolean {
  return !literal && !marked;
}

/** Whether the text is a value at the start of a line: no heading of a field or of Markdown, no comment. */
function standsAlone(text: string): boolean {
  const { sections } = cutSections(`NON-GOALS:\n${text}`);
  const line = sections[0]?.lines[0];
  return sections.length === 1 && line !== undefined && !isStructure(line);
}

function fenced(text: string): string {
  const longest = (text.match(/~{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const mark = "~".repeat(longest + 1);
  return `${mark}\n${text}\n${mark}`;
}
