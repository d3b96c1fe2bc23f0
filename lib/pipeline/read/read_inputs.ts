import * as path from "node:path";
import type { InputDeclaration, InputValue } from "../pipeline.ts";
import { INPUT_TAKES, inputValue } from "./read_declarations.ts";
import { asMap, showNode } from "./read_fields.ts";
import { Report } from "./report.ts";
import { readYaml } from "./read_yaml.ts";
import type { YamlNode } from "./yaml_node.ts";
import type { Problem } from "../../base/errors.ts";
import { SourceText } from "../../base/source_text.ts";
import { nearest, oneLine } from "../../base/text.ts";

export interface GivenInputs {
  /** `NAME=VALUE` of the command line. */
  readonly pairs: readonly string[];
  /** A YAML or JSON file with a value by name. What the command line gives goes before it. */
  readonly file: { readonly file: string; readonly text: string } | undefined;
}

export interface InputsReading {
  /** A value for each declared input, by its name as it is declared; undefined where there are problems. */
  readonly values: Readonly<Record<string, InputValue>> | undefined;
  readonly problems: readonly Problem[];
}

/** Where relative paths begin, and what `~` is. */
export interface Place {
  readonly cwd: string;
  readonly home: string | undefined;
}

/** Holds what was given against what is declared: every problem at once. Paths are made absolute. Pure. */
export function readInputs(
  declarations: readonly InputDeclaration[],
  given: GivenInputs,
  place: Place,
): InputsReading {
  const problems: Problem[] = [];
  const values = new Map<string, InputValue>();
  // What was given, right or wrong, is not missing as well.
  const seen = new Set<string>();
  for (const [name, value] of fromFile(declarations, given.file, { problems, seen })) values.set(name, value);
  for (const [name, value] of fromPairs(declarations, given.pairs, { problems, seen })) {
    values.set(name, value);
  }
  for (const declaration of declarations) {
    const { name, required, default: fallback } = declaration;
    if (seen.has(name)) continue;
    if (fallback !== undefined) values.set(name, fallback);
    else if (required) problems.push(missing(declaration));
  }
  if (problems.length > 0) return { values: undefined, problems };
  const paths = new Set(declarations.filter(({ type }) => type === "path").map(({ name }) => name));
  const entries = [...values].map(([name, value]) =>
    [name, paths.has(name) ? absolute(String(value), place) : value] as const
  );
  return { values: Object.fromEntries(entries), problems: [] };
}

interface Gathering {
  readonly problems: Problem[];
  readonly seen: Set<string>;
}

function fromFile(
  declarations: readonly InputDeclaration[],
  given: GivenInputs["file"],
  { problems, seen }: Gathering,
): Map<string, InputValue> {
  const values = new Map<string, InputValue>();
  if (!given) return values;
  const report = new Report(new SourceText(given.file, given.text.replace(/^\uFEFF/, "")));
  const read = readYaml(report.source);
  report.add(read.problems);
  const map = read.root && asMap(read.root, { report, name: "the file", takes: "a map of inputs by name" });
  for (const { key, keySpan, value: node } of map?.entries ?? []) {
    const declaration = declarations.find(({ name }) => name === key);
    if (!declaration) {
      report.error("input-unknown", unknown(key, declarations), keySpan);
      continue;
    }
    seen.add(key);
    const value = inputValue(node, declaration.type);
    const why = value === undefined ? wrongNode(declaration, node) : unusable(declaration, value);
    if (why !== undefined) report.error("input-value", why, node.span);
    else if (value !== undefined) values.set(key, value);
  }
  problems.push(...report.problems);
  return values;
}

function fromPairs(
  declarations: readonly InputDeclaration[],
  pairs: readonly string[],
  { problems, seen }: Gathering,
): Map<string, InputValue> {
  const values = new Map<string, InputValue>();
  const fail = (code: string, message: string): unknown => problems.push({ code, message });
  const given = new Map<InputDeclaration, string[]>();
  for (const pair of pairs) {
    const [, name, text = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) {
      fail("input-form", `--input is "${oneLine(pair, 60)}". It takes NAME=VALUE.`);
      continue;
    }
    const declaration = declarations.find((one) => one.name === name);
    if (declaration) given.set(declaration, [...given.get(declaration) ?? [], text]);
    else fail("input-unknown", unknown(name, declarations));
  }
  for (const [declaration, texts] of given) {
    const { name, type } = declaration;
    seen.add(name);
    const [first = "", second] = texts;
    if (type !== "list" && second !== undefined) {
      fail("input-twice", `--input ${name} is given ${texts.length} times, and is a ${type}. Give it once.`);
      continue;
    }
    const value = type === "list" ? texts : parseText(first, type);
    const why = value === undefined
      ? `--input ${name} is "${oneLine(first, 60)}". It takes ${
        type === "number" ? "a number" : INPUT_TAKES[type]
      }.`
      : unusable(declaration, value);
    if (why !== undefined) fail("input-value", why);
    else if (value !== undefined) values.set(name, value);
  }
  return values;
}

function parseText(text: string, type: Exclude<InputDeclaration["type"], "list">): InputValue | undefined {
  switch (type) {
    case "string":
    case "path":
      return text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "number": {
      const value = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
      return Number.isFinite(value) ? value : undefined;
    }
  }
}

/** What makes a value of the right type useless: nothing in it where something must be. */
function unusable({ name, type, required }: InputDeclaration, value: InputValue): string | undefined {
  const texts = typeof value === "object" ? value : typeof value === "string" ? [value] : [];
  if (texts.some((text) => text.includes("\0"))) return `Input "${name}" holds a NUL byte. Remove it.`;
  if (typeof value === "object") {
    if (value.some((text) => text.trim() === "")) {
      return `Input "${name}" has an item that is blank. Leave it out.`;
    }
    return required && value.length === 0 ? `Input "${name}" is required, and its list is empty.` : undefined;
  }
  if (typeof value !== "string" || value.trim() !== "") return undefined;
  if (type === "path") return `Input "${name}" is blank. It takes a path.`;
  return required ? `Input "${name}" is required, and blank.` : undefined;
}

function wrongNode({ name, type }: InputDeclaration, node: YamlNode): string {
  return `Input "${name}" is ${showNode(node)}. It takes ${INPUT_TAKES[type]}.`;
}

function unknown(given: string, declarations: readonly InputDeclaration[]): string {
  const names = declarations.map(({ name }) => name);
  const meant = names.find((name) => name.toLowerCase() === given.toLowerCase()) ?? nearest(given, names, 3);
  const remedy = meant !== undefined
    ? `Did you mean "${meant}"?`
    : names.length === 0
    ? "It has none."
    : `It has ${names.join(", ")}.`;
  return `The pipeline has no input "${oneLine(given, 60)}". ${remedy}`;
}

function missing({ name, type, description }: InputDeclaration): Problem {
  const what = description === "" ? "" : ` (${description})`;
  const several = type === "list" ? ", once for each item" : "";
  const message = `The input "${name}"${what} is missing. Give it: --input ${name}=${
    SAMPLE[type]
  }${several}.`;
  return { code: "input-missing", message };
}

const SAMPLE: Readonly<Record<InputDeclaration["type"], string>> = {
  string: "TEXT",
  path: "PATH",
  list: "TEXT",
  number: "NUMBER",
  boolean: "true",
};

function absolute(text: string, { cwd, home }: Place): string {
  const expanded = home !== undefined && /^~(\/|$)/.test(text) ? home + text.slice(1) : text;
  return path.resolve(cwd, expanded);
}
