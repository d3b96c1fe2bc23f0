import type * as z from "zod";
import { toData, type YamlMap, type YamlNode } from "./yaml_node.ts";
import type { Report } from "./report.ts";
import type { Span } from "../../base/source_text.ts";
import { nearest, oneLine } from "../../base/text.ts";

/** The keys of a map of the file. What is wrong with one of them was reported, and it reads as if it were not there. */
export interface Fields<Shape extends z.core.$ZodShape> {
  readonly get: <K extends keyof Shape & string>(key: K) => z.output<Shape[K]> | undefined;
  /** The value as it stands in the file, right or wrong. */
  readonly node: (key: keyof Shape & string) => YamlNode | undefined;
  /** Where the key stands; where the map does, if it has no such key. */
  readonly spanOf: (key: keyof Shape & string) => Span;
  /** Whether the key stands there with a value that is wrong. */
  readonly isWrong: (key: keyof Shape & string) => boolean;
}

export interface FieldsReading {
  readonly report: Report;
  /** How messages name the map: `"gate"`, `stage "verify"`. */
  readonly about: string;
  /** The sentence for a key that is unknown here; undefined for the usual one. */
  readonly explain?: (key: string) => string | undefined;
  /** Keys that the caller reads by itself: their values are not held against the schema here. */
  readonly byCaller?: readonly string[];
}

/** Holds each key of a map against the schema of its own, so that one wrong value hides no other. */
export function readFields<Shape extends z.core.$ZodShape>(
  map: YamlMap,
  schema: z.ZodObject<Shape>,
  { report, about, explain, byCaller = [] }: FieldsReading,
): Fields<Shape> {
  const keys = Object.keys(schema.shape);
  const entries = new Map(map.entries.map((entry) => [entry.key, entry]));
  const values = new Map<string, unknown>();
  for (const { key, keySpan, value } of map.entries) {
    if (!keys.includes(key)) {
      report.error("pipeline-key", explain?.(key) ?? unknownKey(key, keys, about), keySpan);
    } else if (!byCaller.includes(key)) {
      const read = readValue(value, schema.shape[key] as z.ZodType, { report, name: key });
      if (read) values.set(key, read.value);
    }
  }
  for (const key of keys) {
    const { description } = schema.shape[key] as z.ZodType;
    if (!entries.has(key) && !(schema.shape[key] as z.ZodType).isOptional()) {
      const message = `The key "${key}" is missing in ${about}${description ? `: ${description}` : "."}`;
      report.error("pipeline-key-missing", message, headOf(map));
    }
  }
  return {
    get: (key) => values.get(key) as z.output<Shape[typeof key]> | undefined,
    node: (key) => entries.get(key)?.value,
    spanOf: (key) => entries.get(key)?.keySpan ?? headOf(map),
    isWrong: (key) => entries.has(key) && !byCaller.includes(key) && !values.has(key),
  };
}

/** The map that must stand there; undefined, and reported, if it is something else. */
export function asMap(node: YamlNode, { report, takes, name }: {
  report: Report;
  takes: string;
  name: string;
}): YamlMap | undefined {
  if (node.kind === "map") return node;
  report.error("pipeline-value", `"${name}" is ${showNode(node)}. It takes ${takes}.`, node.span);
  return undefined;
}

/** Of a list with a hundred thousand wrong items the first ones will do. */
const MOST_ISSUES = 50;

/** A value held against a schema whose messages say what it takes. */
export function readValue<S extends z.ZodType>(
  node: YamlNode,
  schema: S,
  { report, name }: { readonly report: Report; readonly name: string },
): { readonly value: z.output<S> } | undefined {
  const parsed = schema.safeParse(toData(node));
  if (parsed.success) return { value: parsed.data };
  for (const issue of parsed.error.issues.slice(0, MOST_ISSUES).flatMap(deepest)) {
    const place = nodeAt(node, issue.path);
    const named = [name, ...issue.path.filter((part) => typeof part === "string")].join(".");
    report.error("pipeline-value", valueMessage(named, place, issue), place.span);
  }
  return undefined;
}

/** How a value is told of in a message. */
export function showNode(node: YamlNode): string {
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.kind === "map") return "a map";
  if (node.value === null) return "empty";
  return typeof node.value === "string" ? `"${oneLine(node.value, 60)}"` : `${node.value}`;
}

function unknownKey(key: string, keys: readonly string[], about: string): string {
  const meant = nearest(key.toLowerCase().replaceAll("-", "_"), keys);
  const remedy = meant ? `Did you mean "${meant}"?` : `Known: ${keys.join(", ")}.`;
  return `Unknown key "${oneLine(key, 60)}" in ${about}. ${remedy}`;
}

function valueMessage(name: string, node: YamlNode, issue: z.core.$ZodIssue): string {
  const found = `"${name}" is ${showNode(node)}. It takes ${issue.message}.`;
  if (node.kind !== "scalar") return found;
  const { value } = node;
  if (typeof value === "string") {
    const words = wordsOf(issue);
    const meant = nearest(value.toLowerCase(), words);
    return meant === undefined ? found : `${found} Did you mean ${meant}?`;
  }
  const isText = value !== null && /text|command|expression/.test(issue.message);
  return isText ? `${found} If text is meant, put it in quotes.` : found;
}

function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  return issue.code === "invalid_union" ? issue.errors.flat().flatMap(wordsOf) : [];
}

/** Of a union's branches those speak that fitted further in; if none did, the union itself does. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branch = issue.errors.find((issues) =>
    issues.length > 0 && issues.every(({ path }) => path.length > 0)
  );
  if (!branch) return [issue];
  return branch.flatMap(deepest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function nodeAt(node: YamlNode, path: readonly PropertyKey[]): YamlNode {
  let at = node;
  for (const part of path) {
    const next = at.kind === "list"
      ? at.items[Number(part)]
      : at.kind === "map"
      ? at.entries.find(({ key }) => key === part)?.value
      : undefined;
    if (!next) return at;
    at = next;
  }
  return at;
}

/** Where a map begins: its first key. */
export function headOf(map: YamlMap): Span {
  return map.entries[0]?.keySpan ?? map.span;
}
