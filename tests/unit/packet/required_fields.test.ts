import assert from "node:assert/strict";
import { packetText } from "../../helpers/packet_text.ts";
import { fieldsOf, problemOf, shown } from "../../helpers/packet_reading.ts";
import { type FieldName, FIELDS, REQUIRED_FIELDS } from "../../../lib/packet/fields.ts";
import { readPacket } from "../../../lib/packet/read_packet.ts";

/** How a required field may fail to be there. `line`: counted from the line on which the field would stand. */
const ABSENCES: readonly {
  name: string;
  block: (field: FieldName, value: string) => string;
  code: string;
  line: number | undefined;
  says: (field: FieldName) => string;
}[] = [
  {
    name: "left out",
    block: () => "",
    code: "packet-field-missing",
    line: undefined,
    says: (field) => `Add a line "${field}: …" with ${FIELDS[field].meaning}.`,
  },
  ...[
    {
      name: "a Markdown heading",
      block: (field: string, value: string): string => `# ${field}: ${value}`,
      line: 0,
    },
    {
      name: "a heading over its value",
      block: (f: string, value: string): string => `## ${f}\n${value}`,
      line: 0,
    },
    { name: "in bold", block: (field: string, value: string): string => `**${field}:** ${value}`, line: 0 },
    { name: "a list item", block: (field: string, value: string): string => `- ${field}: ${value}`, line: 0 },
    { name: "indented", block: (field: string, value: string): string => `  ${field}: ${value}`, line: 0 },
    { name: "quoted", block: (field: string, value: string): string => `> ${field}: ${value}`, line: 0 },
    {
      name: "without its colon",
      block: (field: string, value: string): string => `${field}\n${value}`,
      line: 0,
    },
    {
      name: "only inside a fence",
      block: (field: string, value: string): string => `\`\`\`\n${field}: ${value}\n\`\`\``,
      line: 1,
    },
    {
      name: "only inside a fence of tildes",
      block: (field: string, value: string): string => `~~~ text\n\n${field}: ${value}\n~~~`,
      line: 2,
    },
  ].map((form) => ({
    ...form,
    code: "packet-field-missing",
    says: (field: FieldName) =>
      `write "${field}:" in capitals at the start of a line, outside of code fences and comments.`,
  })),
  {
    name: "misspelt",
    block: (field, value) => `${field.slice(0, -1)}: ${value}`,
    code: "packet-field-misspelt",
    line: 0,
    says: (field) => `Unknown field "${field.slice(0, -1)}". Did you mean "${field}"?`,
  },
  ...[
    { name: "empty", block: (field: FieldName) => `${field}:` },
    { name: "blank", block: (field: FieldName) => `${field}: \t \n \n` },
    { name: "only a comment in parentheses", block: (field: FieldName) => `${field} (see below):` },
    { name: "an empty list", block: (field: FieldName) => `${field}:\n-\n* ` },
    { name: "an empty fence", block: (field: FieldName) => `${field}:\n\`\`\`\n\n\`\`\`` },
    {
      name: "only headings, rules and comments",
      block: (field: FieldName) => `${field}:\n# a\n---\n<!-- b -->`,
    },
  ].map((form) => ({
    ...form,
    code: "packet-field-empty",
    line: 0,
    says: (field: FieldName) => `It takes ${FIELDS[field].meaning}.`,
  })),
];

for (const [index, field] of REQUIRED_FIELDS.entries()) {
  const value = field === "MODE" ? "worker" : "/repo";
  for (const { name, block, code, line, says } of ABSENCES) {
    Deno.test(`${field}, ${name}, is an error that says where and what to do`, () => {
      const reading = readPacket(packetText({ [field]: block(field, value) }));
      assert.equal(reading.fields, undefined);
      const problem = problemOf(reading, code);
      assert.equal(problem.line, line === undefined ? undefined : index + 1 + line);
      assert.ok(problem.message.includes(`"${field}"`), problem.message);
      assert.ok(problem.message.includes(says(field)), problem.message);
    });
  }

  Deno.test(`${field} in small letters is that field`, () => {
    const lower = packetText({ [field]: `${field.toLowerCase()}: ${value}` });
    assert.deepEqual(fieldsOf(lower), fieldsOf(packetText({ [field]: `${field}: ${value}` })));
  });
}

Deno.test("a missing field whose misspelling stands there is not also looked for elsewhere", () => {
  const { problems } = readPacket(packetText({ "OBJECTIVE": "OBJETIVE: x" }));
  assert.deepEqual(shown(problems), ["packet-field-misspelt at 3", "packet-field-missing at undefined"]);
});
