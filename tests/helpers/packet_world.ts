import assert from "node:assert/strict";
import type { Packet, PacketCheck, PacketWorld, WorkTreeLookup } from "../../lib/packet/check_packet.ts";
import type { ScopeEntry } from "../../lib/packet/scope_entry.ts";
import type { Problem } from "../../lib/base/errors.ts";

export interface Machine {
  /** Absolute; the folders above them exist as well. */
  readonly paths?: readonly string[];
  readonly home?: string;
  /** What stands at a WORKDIR; every other is the root of a work tree. */
  readonly places?: Readonly<Record<string, WorkTreeLookup>>;
}

/** A machine of which a packet speaks, in memory. */
export function machine({ paths = [], home, places = {} }: Machine = {}): PacketWorld {
  const standing = new Set(paths.flatMap((path) => {
    const parts = path.split("/");
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  }));
  return {
    home,
    locate: (absolute) =>
      Promise.resolve(places[absolute] ?? { kind: "found", workdir: absolute, root: absolute }),
    exists: (absolute) => standing.has(absolute.replace(/\/$/, "")),
  };
}

/** The packet of a check that found no problem. */
export function accepted({ packet, problems }: PacketCheck): Packet {
  assert.deepEqual(problems, []);
  assert.ok(packet);
  return packet;
}

/** The one problem, whose message holds all the parts. */
export function refused({ packet, problems }: PacketCheck, parts: readonly string[]): Problem {
  assert.equal(packet, undefined);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  const [problem] = problems;
  assert.ok(problem);
  for (const part of parts) assert.ok(problem.message.includes(part), `${part} in ${problem.message}`);
  return problem;
}

/** `path "src"`, `glob "src" "*.ts"`, with `!` before and `/` behind. */
export function showEntry(read: ScopeEntry): string {
  const what = read.kind === "path"
    ? `path "${read.path}"`
    : `glob "${read.base}" "${read.glob}"${read.folder ? "/" : ""}`;
  return (read.negated ? "!" : "") + what;
}
