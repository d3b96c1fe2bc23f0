import assert from "node:assert/strict";
import { packetText } from "../../helpers/packet_text.ts";
import { survivesPrinting } from "../../helpers/survives_printing.ts";
import { printPacket } from "../../../lib/packet/print_packet.ts";
import { readPacket } from "../../../lib/packet/read_packet.ts";

/** What a printer easily gets wrong; most were found by the packets of round_trip.test.ts. */
const CASES: readonly (readonly [what: string, blocks: Readonly<Record<string, string>>])[] = [
  ["an indented line that would be a field", { "NON-GOALS": "NON-GOALS: a\n  MODE: verifier" }],
  ["an indented line that would be a heading", { "NON-GOALS": "NON-GOALS: a\n  # b" }],
  ["an indented line that would be a comment", { "VERIFICATION": "VERIFICATION: a\n  <!-- b -->" }],
  ["an indented line first", { "NON-GOALS": "NON-GOALS:\n  MODE: verifier\n- a" }],
  ["an indented path that would be a field", { "WRITE SCOPE": "WRITE SCOPE:\n- (a)\n  MODE: verifier" }],
  ["a line at the margin behind an item", { "NON-GOALS": "NON-GOALS:\n- a\nb\n- c\n  d" }],
  ["an item in parentheses before a line at the margin", { "NON-GOALS": "NON-GOALS:\n- (a)\nb" }],
  ["an item of dashes", { "NON-GOALS": "NON-GOALS:\n* ---\n* --\n  a\n+ - -" }],
  ["a value of dashes", { "NON-GOALS": "NON-GOALS: --" }],
  ["an item with a list mark of its own", { "NON-GOALS": "NON-GOALS:\n- - a\n- 1. b\n- # c" }],
  ["fences in a list", { "VERIFICATION": "VERIFICATION:\n- a\n```\nb\n~~~~\nMODE: c\n```\n- d" }],
  ["a fence behind a list mark in a text", { "OBJECTIVE": "OBJECTIVE:\n- ```\n  MODE: a\n  ```\nb" }],
  ["a fence behind a list mark in the field's line", { "CONTEXT": "CONTEXT: - ~~~\nMODE: a\n~~~\nb" }],
  ["a fence that is never closed", { "CONTEXT": "CONTEXT:\n````js\na\n```\n\n" }],
  ["a comment of several lines", { "CONTEXT": "CONTEXT:\n<!-- a\nMODE: b\n-->\nc" }],
  ["a comment behind a list mark in a text", { "OBJECTIVE": "OBJECTIVE:\n- <!--\n  MODE: a\n  -->\nb" }],
  ["a comment that is never closed", { "CONTEXT": "CONTEXT:\na\n<!--\nb" }],
  ["a text that begins indented", { "OBJECTIVE": "OBJECTIVE:\n\n    a\n  b\n\nc" }],
  ["a text that begins like a comment", { "OBJECTIVE": "OBJECTIVE:\n(a): b" }],
  ["unknown fields, empty and twice", { "A": "NOTES:", "B": "NOTES (x): a\n\nb", "C": "FOO _ : (c)" }],
  ["a WORKDIR in parentheses", { "WORKDIR": "WORKDIR:\n(a)" }],
  ["a WORKDIR with blanks at its ends", { "WORKDIR": "WORKDIR: ` /a `" }],
  ["a WORKDIR that would be a fence", { "WORKDIR": "WORKDIR:\n```\n~~~/a\n```" }],
  ["a WORKDIR that would be a fence behind a list mark", { "WORKDIR": "WORKDIR:\n- - ~~~/a" }],
  ["a WORKDIR with backticks that would be a fence", { "WORKDIR": "WORKDIR:\n~~~\n```/a\n~~~" }],
  ["flags", { "ALLOW COMMITS": "ALLOW COMMITS: true", "ALLOW DIRTY OVERLAP": "ALLOW DIRTY OVERLAP: TRUE" }],
];

for (const [what, blocks] of CASES) {
  Deno.test(`printing a packet loses nothing: ${what}`, () => {
    assert.ok(survivesPrinting(packetText(blocks)), JSON.stringify(readPacket(packetText(blocks)).problems));
  });
}

Deno.test("the plain values of a packet are printed plainly", () => {
  const text = packetText({
    "WORKDIR": "WORKDIR: `~/p`",
    "OBJECTIVE": "OBJECTIVE:\nOne.\n\nTwo.",
    "NON-GOALS": "NON-GOALS: a\n* b\n  c",
    "ALLOW COMMITS": "ALLOW COMMITS: false",
    "NOTES": "NOTES: d",
  });
  const { fields } = readPacket(text);
  assert.ok(fields);
  assert.equal(
    printPacket(fields),
    "MODE: worker\nWORKDIR: ~/p\nOBJECTIVE: One.\n\nTwo.\n\nWRITE SCOPE:\n- src/\n\nNON-GOALS:\n- a\n- b\n  c\n\n" +
      "VERIFICATION:\n- true\n\nDELIVERABLE:\n- a diff\n\nNOTES: d\n",
  );
});

Deno.test("a literal line of a million tildes and others is printed in its stride", () => {
  const block = `VERIFICATION:\n\`\`\`\n${"~a".repeat(490_000)}\n${"~".repeat(900)}\n\`\`\``;
  assert.ok(survivesPrinting(packetText({ "VERIFICATION": block })));
});
