import assert from "node:assert/strict";
import * as z from "zod";
import { AnswerSchema } from "../../../lib/codex/answer.ts";
import { ANSWER_JSON_SCHEMA } from "../../../lib/codex/answer_schema.ts";
import { fitsSchema, type PlainSchema } from "../../../lib/codex/fits_schema.ts";
import { pick, type Random, seeded } from "../../helpers/random_numbers.ts";

Deno.test("the schema is strict as the server wants it: every object closed, every key required", () => {
  const objects: { keys: string[]; required: unknown; closed: unknown }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const record = node as Record<string, unknown>;
    if (record["type"] === "object") {
      objects.push({
        keys: Object.keys(record["properties"] as object).sort(),
        required: [...record["required"] as string[]].sort(),
        closed: record["additionalProperties"],
      });
    }
    for (const value of Object.values(record)) visit(value);
  };
  visit(ANSWER_JSON_SCHEMA);
  assert.equal(objects.length, 3);
  for (const { keys, required, closed } of objects) assert.deepEqual([required, closed], [keys, false]);
});

Deno.test("the schema that Codex is given is the one that its answer is held against", () => {
  assert.deepEqual(ANSWER_JSON_SCHEMA, z.toJSONSchema(AnswerSchema));
});

Deno.test("of 20,000 documents, right and nearly right, those fit that the validator takes", () => {
  const random = seeded(20_261_122);
  const taken = { yes: 0, no: 0 };
  for (let round = 0; round < 20_000; round++) {
    const text = JSON.stringify(madeFor(ANSWER_JSON_SCHEMA, random)).replaceAll('"1e999"', "1e999");
    const document: unknown = JSON.parse(text);
    const isTaken = AnswerSchema.safeParse(document).success;
    assert.equal(fitsSchema(document, ANSWER_JSON_SCHEMA), isTaken, text);
    taken[isTaken ? "yes" : "no"]++;
  }
  assert.ok(taken.yes > 2_000 && taken.no > 2_000, JSON.stringify(taken));
});

/** Values of every kind that JSON knows, and the number that it reads as Infinity. */
const STRANGE: readonly unknown[] = ["", "done", 0, -1.5, "1e999", true, null, [], {}, [null], { a: 1 }];

/** A document for a schema; in one of 40 places something else, a key too many or a key too few. */
function madeFor(schema: PlainSchema, random: Random): unknown {
  if (random(40) === 0) return pick(random, STRANGE);
  if (schema.enum) return pick(random, schema.enum);
  const type = [schema.type ?? "null"].flat();
  const { items, properties } = schema;
  if (items) return Array.from({ length: random(3) }, () => madeFor(items, random));
  if (!properties) return { string: "text", number: random(300) - 3, null: null }[pick(random, type)];
  const entries = Object.entries(properties)
    .filter(() => random(200) > 0)
    .map(([key, each]) => [key, madeFor(each, random)]);
  const more = random(80) === 0 ? [[pick(random, ["extra", "__proto__", "toString"]), "text"]] : [];
  return Object.fromEntries([...entries, ...more]);
}
