import assert from "node:assert/strict";
import { checkPacket } from "../../../lib/packet/check_packet.ts";
import { MODES } from "../../../lib/packet/fields.ts";
import { readPacket } from "../../../lib/packet/read_packet.ts";
import { packetTemplate } from "../../../lib/packet/template.ts";

const WORLD = {
  home: undefined,
  locate: (workdir: string) => Promise.resolve({ kind: "found", workdir, root: workdir } as const),
  exists: () => false,
};

/** What a person would put for what stands between angle brackets. */
function filled(template: string): string {
  return template
    .replace(/<a file, folder\/ or glob[^>]*>/, "src/parser.ts")
    .replace(/<[^<>]*>/g, "something of mine");
}

for (const mode of MODES) {
  Deno.test(`the template of a ${mode}, once filled in, is a packet without problems and warnings`, async () => {
    const template = packetTemplate(mode, "/repo");
    const { packet, problems, warnings } = await checkPacket(filled(template), WORLD);
    assert.deepEqual([problems, warnings], [[], []]);
    assert.equal(packet?.fields.mode, mode);
    assert.equal(packet.workdir, "/repo");
    assert.deepEqual(packet.scope.map((entry) => entry.text), mode === "worker" ? ["src/parser.ts"] : []);
    assert.equal(packet.fields.inputs.length, mode === "synthesizer" ? 1 : 0);
    assert.equal(packet.fields.context, "something of mine");
  });

  Deno.test(`the template of a ${mode} says in angle brackets what has to be written`, () => {
    const template = packetTemplate(mode, "/repo");
    const { fields } = readPacket(template);
    assert.match(fields?.objective ?? "", /^<[^<>]+>$/);
    assert.match(fields?.verification[0]?.text ?? "", /^<[^<>]+>$/);
    assert.equal(fields?.writeScope[0]?.text.startsWith("<"), mode === "worker");
    assert.equal((template.match(/</g) ?? []).length, (template.match(/>/g) ?? []).length);
  });
}

Deno.test("a template names the folder that it was asked for, as it is", () => {
  for (const workdir of ["/a b", "/a: b", "/a (b)", "~/p"]) {
    assert.equal(readPacket(packetTemplate("worker", workdir)).fields?.workdir, workdir);
  }
});
