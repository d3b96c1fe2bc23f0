import assert from "node:assert/strict";
import { checkExpression } from "../../../../lib/pipeline/read/check_expression.ts";
import {
  ANY,
  BOOLEAN,
  choice,
  NUMBER,
  record,
  type Shape,
  shapeOfSchema,
  TEXT,
  TEXT_LIST,
  words,
} from "../../../../lib/pipeline/read/shapes.ts";
import { evaluate, parseExpression } from "../../../../lib/base/expressions.ts";

/** Shapes with values that they can have. */
const SHAPES: Readonly<Record<string, readonly [Shape, readonly unknown[]]>> = {
  text: [TEXT, ["", " ", "a", "A", "3", "true", "null", "NaN", "1e3", "0x10"]],
  word: [words(["pass", "fail"]), ["pass", "fail"]],
  number: [NUMBER, [0, 1, -1, 3, 1.5, 16]],
  boolean: [BOOLEAN, [true, false]],
  list: [TEXT_LIST, [[], ["a"], ["pass", "3"]]],
  record: [record({ a: TEXT }), [{ a: "x" }]],
  perhaps: [choice([NUMBER, { kind: "value", types: ["null"] }]), [null, 0, 7]],
};

const LITERALS = [
  "''",
  "'a'",
  "'PASS'",
  "'passed'",
  "'3'",
  "'true'",
  "'null'",
  "' '",
  "'0x10'",
  "'1e3'",
  "0",
  "1",
  "3",
  "true",
  "false",
  "null",
];

for (const [name, [shape, values]] of Object.entries(SHAPES)) {
  Deno.test(`what is said never to hold for a ${name} holds for no value of it`, () => {
    for (const literal of LITERALS) {
      for (const text of [`v == ${literal}`, `${literal} == v`]) {
        const expression = parseExpression(text, ["v"]);
        const { faults } = checkExpression(expression.parsed, { v: shape });
        const holds = values.filter((v) => evaluate(expression, { v }) === true);
        if (faults.length > 0) assert.deepEqual(holds, [], text);
      }
    }
  });
}

/** | expression | what its value can be | */
const VALUES: readonly (readonly [text: string, kinds: string])[] = [
  ["v.text", "text"],
  ["!v.text", "boolean"],
  ["v.text == 'a'", "boolean"],
  ["v.text && v.list", "text or list"],
  ["(v.list)", "list"],
  ["v.list[0]", "text"],
  ["v.list.*", "list"],
  ["v.deep.*.title", "list"],
  ["v.deep[0].title", "text"],
  ["v.deep[0].line", "number or null"],
  ["v[v.text]", "anything"],
  ["v.other.some.thing", "anything"],
  ["toJSON(v)", "text"],
  ["fromJSON(v.text)", "anything"],
  ["contains(v.list, 'a')", "boolean"],
  ["case(v.yes, v.list, 3)", "list or number"],
  ["V.TEXT", "text"],
  ["v['text']", "text"],
];

const V = record({
  text: TEXT,
  list: TEXT_LIST,
  yes: BOOLEAN,
  other: ANY,
  deep: shapeOfSchema({
    type: "array",
    items: {
      type: "object",
      properties: { title: { type: "string" }, line: { anyOf: [{ type: "integer" }, { type: "null" }] } },
    },
  }),
});

for (const [text, kinds] of VALUES) {
  Deno.test(`${text} can be ${kinds}`, () => {
    const { shape, faults } = checkExpression(parseExpression(text, ["v"]).parsed, { v: V });
    assert.deepEqual(faults, []);
    assert.equal(kindsOf(shape), kinds);
  });
}

Deno.test("what an expression reads is told by its first two names", () => {
  const read = (
    text: string,
  ): string[] => [...checkExpression(parseExpression(text, ["v"]).parsed, { v: ANY }).reads];
  assert.deepEqual(read("v.Text == v['list'][0]"), ["v.text", "v.list"]);
  assert.deepEqual(read("toJSON(v)"), ["v.*"]);
  assert.deepEqual(read("v[v.a]"), ["v.*", "v.a"]);
  assert.deepEqual(read("v.*.x"), ["v.*"]);
  assert.deepEqual(read("1 == 1"), []);
});

function kindsOf(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "anything";
    case "value":
      return shape.types.map((type) => type === "string" ? "text" : type).join(" or ");
    case "star":
      return "list";
    case "choice":
      return shape.of.map(kindsOf).join(" or ");
    default:
      return shape.kind;
  }
}
