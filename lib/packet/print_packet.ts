import { type FieldName, FIELDS } from "./fields.ts";
import type { Item, PacketFields } from "./read_packet.ts";

/** Writes fields as a packet. Read again, it gives the same fields. */
export function printPacket(fields: PacketFields): string {
  const blocks = [
    [`MODE: ${fields.mode}`, `WORKDIR: ${fields.workdir}`, text("OBJECTIVE", fields.objective)].join("\n"),
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

/** The first line behind the colon, where it can be no heading of its own. */
function text(name: string, value: string): string {
  if (value === "") return name in FIELDS ? "" : `${name}:`;
  return `${name}: ${value}`;
}

function items(name: FieldName, list: readonly Item[]): string {
  return list.length === 0 ? "" : [`${name}:`, ...list.map(item)].join("\n");
}

function item({ text, literal, marked }: Item): string {
  if (literal) {
    const mark = "~".repeat(Math.max(3, ...(text.match(/~+/g) ?? []).map((run) => run.length + 1)));
    return `${mark}\n${text}\n${mark}`;
  }
  return (marked ? "- " : "") + text.split("\n").join("\n  ");
}
