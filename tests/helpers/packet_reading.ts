import assert from "node:assert/strict";
import type { PacketFields } from "../../lib/packet/packet_fields.ts";
import { type PacketReading, readPacket } from "../../lib/packet/read_packet.ts";
import type { Problem } from "../../lib/base/errors.ts";

/** The fields of a packet in which nothing is wrong. */
export function fieldsOf(text: string): PacketFields {
  const { fields, problems } = readPacket(text);
  assert.deepEqual(problems, []);
  assert.ok(fields);
  return fields;
}

/** Problems as `code at line`. */
export function shown(problems: readonly Problem[]): string[] {
  return problems.map(({ code, line }) => `${code} at ${line}`);
}

/** The one problem of a code. */
export function problemOf({ problems }: PacketReading, code: string): Problem {
  const found = problems.filter((problem) => problem.code === code);
  assert.equal(found.length, 1, `${code} in ${JSON.stringify(problems)}`);
  const [problem] = found;
  assert.ok(problem);
  return problem;
}
