/** What an expression can find at a place: enough to tell a name that does not exist, or a word that is never there. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "value"; readonly types: readonly ValueType[]; readonly words?: readonly string[] }
  | { readonly kind: "list"; readonly item: Shape }
  | RecordShape
  /** Any key, each with this behind it. */
  | { readonly kind: "map"; readonly value: Shape }
  /** What `*` gives: a key read of it is read of each member. */
  | { readonly kind: "star"; readonly member: Shape }
  | { readonly kind: "choice"; readonly of: readonly Shape[] };

export type ValueType = "string" | "number" | "boolean" | "null";

export interface RecordShape {
  readonly kind: "record";
  /** What stands behind a name, given in lower case: expressions take no case for a difference. */
  readonly find: (name: string) => Shape | undefined;
  /** The names as they are written. */
  readonly names: () => readonly string[];
  /** The sentence for a name that is none of them; undefined for the usual one. */
  readonly missing?: (name: string) => string | undefined;
}

export const ANY: Shape = { kind: "any" };
export const TEXT: Shape = { kind: "value", types: ["string"] };
export const TEXT_LIST: Shape = { kind: "list", item: TEXT };
export const NUMBER: Shape = { kind: "value", types: ["number"] };
export const BOOLEAN: Shape = { kind: "value", types: ["boolean"] };

export function words(of: readonly string[]): Shape {
  return { kind: "value", types: ["string"], words: of };
}

export function record(
  keys: Readonly<Record<string, Shape>>,
  missing?: (name: string) => string | undefined,
): RecordShape {
  const byName = new Map(Object.entries(keys).map(([name, shape]) => [name.toLowerCase(), shape]));
  return {
    kind: "record",
    find: (name) => byName.get(name),
    names: () => Object.keys(keys),
    ...(missing ? { missing } : {}),
  };
}

export function choice(of: readonly Shape[]): Shape {
  const [first] = of;
  return of.length === 1 && first ? first : { kind: "choice", of };
}

/** What is behind a key; undefined if nothing can be. */
export function member(shape: Shape, key: string | number): Shape | undefined {
  switch (shape.kind) {
    case "any":
      return ANY;
    case "value":
      return undefined;
    case "list":
      return typeof key === "number" && Number.isInteger(key) && key >= 0 ? shape.item : undefined;
    case "record":
      return shape.find(String(key).toLowerCase());
    case "map":
      return shape.value;
    case "star": {
      const inner = member(shape.member, key);
      return inner && { kind: "star", member: inner };
    }
    case "choice": {
      const found = shape.of.flatMap((one) => member(one, key) ?? []);
      return found.length === 0 ? undefined : choice(found);
    }
  }
}

/** What `*` gives of it; undefined if it is no list and no record. */
export function star(shape: Shape): Shape | undefined {
  switch (shape.kind) {
    case "any":
      return { kind: "star", member: ANY };
    case "value":
      return undefined;
    case "list":
      return { kind: "star", member: shape.item };
    case "record":
      return { kind: "star", member: choice(namesOf(shape).flatMap((name) => member(shape, name) ?? [])) };
    case "map":
      return { kind: "star", member: shape.value };
    case "star": {
      const found = star(shape.member);
      return { kind: "star", member: found?.kind === "star" ? found.member : ANY };
    }
    case "choice": {
      const found = shape.of.flatMap((one) => star(one) ?? []);
      return found.length === 0 ? undefined : choice(found);
    }
  }
}

/** Every name that can stand behind a shape: for "Did you mean". */
export function namesOf(shape: Shape): readonly string[] {
  if (shape.kind === "record") return shape.names();
  if (shape.kind === "star") return namesOf(shape.member);
  return shape.kind === "choice" ? shape.of.flatMap(namesOf) : [];
}

/** Whether a value of one of these kinds can be found there. */
export function mayBe(shape: Shape, kinds: readonly (ValueType | "list" | "record")[]): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "value":
      return shape.types.some((type) => kinds.includes(type));
    case "list":
    case "star":
      return kinds.includes("list");
    case "record":
    case "map":
      return kinds.includes("record");
    case "choice":
      return shape.of.some((one) => mayBe(one, kinds));
  }
}

/** The words that alone can be found there; undefined where it can be anything else. */
export function onlyWords(shape: Shape): readonly string[] | undefined {
  if (shape.kind === "value") return shape.words;
  if (shape.kind !== "choice") return undefined;
  const all = shape.of.map(onlyWords);
  return all.every((one) => one !== undefined) ? all.flat() : undefined;
}

/** What it is, for messages. */
export function showShape(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "anything";
    case "value":
      return shape.types.map((type) => type === "string" ? "text" : type === "null" ? "null" : `a ${type}`)
        .join(" or ");
    case "list":
    case "star":
      return "a list";
    case "record":
    case "map":
      return "a record";
    case "choice":
      return [...new Set(shape.of.map(showShape))].join(" or ");
  }
}

/**
 * The shape of what fits a JSON schema. Objects whose keys are known hold no others: these documents are written by
 * codex-dispatch itself.
 */
export function shapeOfSchema(schema: unknown): Shape {
  const { type, properties, additionalProperties, items, anyOf, enum: enumerated, const: constant } =
    asRecord(schema);
  if (Array.isArray(anyOf)) return choice(anyOf.map(shapeOfSchema));
  if (Array.isArray(enumerated)) return words(enumerated.map(String));
  if (typeof constant === "string") return words([constant]);
  if (type === "array") return { kind: "list", item: shapeOfSchema(items) };
  if (type === "object") {
    if (properties === undefined) return { kind: "map", value: shapeOfSchema(additionalProperties) };
    return record(Object.fromEntries(
      Object.entries(asRecord(properties)).map(([name, one]) => [name, shapeOfSchema(one)]),
    ));
  }
  const types = (Array.isArray(type) ? type : [type]).flatMap((one): ValueType[] =>
    one === "string" || one === "boolean" || one === "null" || one === "number"
      ? [one]
      : one === "integer"
      ? ["number"]
      : []
  );
  return types.length === 0 ? ANY : { kind: "value", types };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
