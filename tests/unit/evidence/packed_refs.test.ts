import assert from "node:assert/strict";
import { parsePackedRefs } from "../../../lib/evidence/packed_refs.ts";

const [A, B] = ["a".repeat(40), "b".repeat(64)];
const HEADER = "# pack-refs with: peeled fully-peeled sorted ";
const [JUNK, DISORDER] = ["holds lines that git cannot read", "is not in the order that it claims"];

const TEXTS: readonly { what: string; lines: readonly string[]; refs?: number; fault?: string }[] = [
  { what: "no file", lines: [] },
  { what: "a header alone", lines: [HEADER, ""] },
  {
    what: "refs and what a tag comes to",
    lines: [HEADER, `${A} refs/a`, `${B} refs/b`, `^${A}`, ""],
    refs: 2,
  },
  { what: "refs without a header, in no order", lines: [`${A} refs/b`, `${A} refs/a`, ""], refs: 2 },
  { what: "letters beyond the basic plane", lines: [HEADER, `${A} refs/\uff5e`, `${A} refs/𝄞`, ""], refs: 2 },
  {
    what: "letters beyond it, as JavaScript orders them",
    lines: [HEADER, `${A} refs/𝄞`, `${A} refs/\uff5e`, ""],
    refs: 2,
    fault: DISORDER,
  },
  {
    what: "refs in another order",
    lines: [HEADER, `${A} refs/b`, `${A} refs/a`, ""],
    refs: 2,
    fault: DISORDER,
  },
  {
    what: "a ref that comes twice",
    lines: [HEADER, `${A} refs/a`, `${A} refs/a`, ""],
    refs: 2,
    fault: DISORDER,
  },
  { what: "words", lines: [HEADER, `${A} refs/a`, "words", ""], refs: 1, fault: JUNK },
  { what: "a comment further down", lines: [`${A} refs/a`, HEADER, ""], refs: 1, fault: JUNK },
  { what: "a ref of another name", lines: [`${A} HEAD`, ""], fault: JUNK },
  { what: "a last line without an end", lines: [`${A} refs/a`], refs: 1, fault: JUNK },
];

for (const { what, lines, refs = 0, fault } of TEXTS) {
  Deno.test(`packed-refs with ${what}: ${refs} refs, ${fault ?? "and nothing is wrong"}`, () => {
    const packed = parsePackedRefs(lines.join("\n"));
    assert.deepEqual([packed.refs.length, packed.fault], [refs, fault]);
  });
}
