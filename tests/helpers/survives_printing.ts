import assert from "node:assert/strict";
import { printPacket } from "../../lib/packet/print_packet.ts";
import type { Item, PacketFields } from "../../lib/packet/packet_fields.ts";
import { readPacket } from "../../lib/packet/read_packet.ts";

/** Whether the packet is accepted; if it is, printing it must lose nothing. If not, something must be said of it. */
export function survivesPrinting(text: string): boolean {
  const { fields, problems } = readPacket(text);
  if (!fields) {
    assert.ok(problems.length > 0 && problems.every(({ message }) => message !== ""), JSON.stringify(text));
    return false;
  }
  const printed = printPacket(fields);
  const again = readPacket(printed);
  const about = `the packet ${JSON.stringify(text)}\nprinted as ${JSON.stringify(printed)}`;
  assert.deepEqual(again.problems, [], about);
  assert.ok(again.fields, about);
  assert.deepEqual(comparable(again.fields), comparable(fields), about);
  return true;
}

/** The fields without the numbers of their lines. */
function comparable(fields: PacketFields): unknown {
  const bare = ({ text, literal, marked }: Item): unknown => ({ text, literal, marked });
  return {
    ...fields,
    workdirLine: 0,
    writeScope: fields.writeScope.map(bare),
    nonGoals: fields.nonGoals.map(bare),
    verification: fields.verification.map(bare),
    deliverable: fields.deliverable.map(bare),
    inputs: fields.inputs.map(bare),
    ignoredWrites: fields.ignoredWrites.map(bare),
    waive: fields.waive.map(bare),
  };
}
