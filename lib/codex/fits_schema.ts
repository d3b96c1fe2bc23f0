/** A JSON Schema of the few words that the answer's is made of. Its objects are closed, and every key is required. */
export interface PlainSchema {
  readonly $schema?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly items?: PlainSchema;
  readonly properties?: Readonly<Record<string, PlainSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

/** Whether what JSON.parse gave is as a schema has it. It says yes or no, and so needs none of a validator's 200 KB. */
export function fitsSchema(value: unknown, schema: PlainSchema): boolean {
  const { type = [], items, properties } = schema;
  if (![type].flat().includes(typeOf(value))) return false;
  if (schema.enum && !schema.enum.some((word) => word === value)) return false;
  if (Array.isArray(value)) return items === undefined || value.every((each) => fitsSchema(each, items));
  if (typeof value !== "object" || value === null || !properties) return true;
  const keys = Object.keys(value);
  return keys.length === Object.keys(properties).length && keys.every((key) => {
    const wanted = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return wanted !== undefined && fitsSchema((value as Record<string, unknown>)[key], wanted);
  });
}

/** The name that JSON Schema has for it. 1e999 is read as Infinity, and is no number of JSON's. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && !Number.isFinite(value) ? "none" : typeof value;
}
