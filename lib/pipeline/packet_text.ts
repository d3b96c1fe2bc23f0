import type { Item, PacketFields } from "../packet/packet_fields.ts";
import { readPacket } from "../packet/read_packet.ts";
import { printPacket } from "../packet/print_packet.ts";
import { badInput } from "../base/errors.ts";

/**
 * Fields as the text of a packet that reads as just these fields. Their values come from inputs and from what agents answered:
 * one that would be read as a field of its own, or that swallows those behind it, is set apart until it is not. Pure.
 *
 * @throws DispatchError (exit 1) if no way of writing it reads back
 */
export function packetText(fields: PacketFields, stage: string): string {
  for (const apart of WAYS) {
    const written = {
      ...fields,
      objective: apart.text(fields.objective),
      context: apart.text(fields.context),
      writeScope: fields.writeScope.map(apart.item),
      nonGoals: fields.nonGoals.map(apart.item),
      verification: fields.verification.map(apart.item),
      deliverable: fields.deliverable.map(apart.item),
      inputs: fields.inputs.map(apart.item),
      ignoredWrites: fields.ignoredWrites.map(apart.item),
      waive: fields.waive.map(apart.item),
    };
    const text = printPacket(written);
    const read = readPacket(text).fields;
    if (read && substance(read) === substance(written)) return text;
  }
  throw badInput(
    "stage-packet",
    `The packet of the stage "${stage}" cannot be written so that it reads as it is meant: a value of it holds NUL bytes, ` +
      "is too long, or is empty where something has to stand. See what its expressions give.",
  );
}

/** An item of such fields: one that stands in no text. */
export function item(text: string): Item {
  return { text, line: undefined, literal: false, marked: true };
}

interface Way {
  readonly text: (value: string) => string;
  readonly item: (value: Item) => Item;
}

const WAYS: readonly Way[] = [
  { text: (value) => value, item: (value) => value },
  { text: (value) => value.replace(/\n(?=\S)/g, "\n  "), item: (value) => value },
  { text: quoted, item: (value) => ({ ...value, literal: !value.text.includes("\n") }) },
];

/** Every line behind a mark of quotation, so that none begins as a field or a fence. */
function quoted(value: string): string {
  return value === "" ? "" : `\n${value.replace(/^/gm, "> ")}`;
}

/** What has to be the same in what was written and what is read of it. */
function substance(fields: PacketFields): string {
  const texts = (items: readonly Item[]): string[] =>
    items.map(({ text }) => text.replace(/\s+/g, " ").trim());
  const plain = (text: string): string => text.replace(/\s+/g, " ").trim();
  return JSON.stringify([
    fields.mode,
    fields.workdir,
    plain(fields.objective),
    texts(fields.writeScope),
    texts(fields.nonGoals),
    texts(fields.verification),
    texts(fields.deliverable),
    plain(fields.context),
    texts(fields.inputs),
    fields.allowDirtyOverlap,
    fields.allowCommits,
    texts(fields.ignoredWrites),
    texts(fields.waive),
    fields.others,
  ]);
}
