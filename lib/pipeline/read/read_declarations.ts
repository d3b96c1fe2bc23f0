import type { InputDeclaration, InputType, InputValue } from "../pipeline.ts";
import { ID, InputSchema } from "./pipeline_schema.ts";
import { asMap, readFields, showNode } from "./read_fields.ts";
import type { Report } from "./report.ts";
import type { YamlEntry, YamlMap, YamlNode } from "./yaml_node.ts";

/** The inputs as they are declared. One that has something wrong with it is there by its name, so that it is known. */
export function readDeclarations(map: YamlMap, report: Report): InputDeclaration[] {
  const seen = new Map<string, string>();
  return map.entries.map((entry) => {
    checkName(entry.key, {
      what: "input",
      seen,
      fail: (code, text) => report.error(code, text, entry.keySpan),
    });
    return readDeclaration(entry, report);
  });
}

/** Names as the expression library keeps them: it takes no case for a difference, and drops some altogether. */
export function checkName(
  name: string,
  { what, seen, fail }: {
    readonly what: string;
    /** By name in lower case. */
    readonly seen: Map<string, string>;
    readonly fail: (code: string, message: string) => void;
  },
): void {
  const known = seen.get(name.toLowerCase());
  if (!ID.test(name) && what !== "variable") {
    fail(
      "pipeline-name",
      `"${name}" cannot name ${
        article(what)
      }. It takes a letter, then letters, digits, - and _, 64 in all at most.`,
    );
  } else if (name.toLowerCase() in {}) {
    fail(
      "pipeline-name",
      `"${name}" cannot name ${article(what)}: expressions do not see it. Choose another.`,
    );
  } else if (known === name) {
    fail("pipeline-name", `There is ${article(what)} "${name}" already. Choose another name.`);
  } else if (known !== undefined) {
    fail(
      "pipeline-name",
      `"${name}" and "${known}" differ in case alone, and expressions take them for the same ${what}. Choose another name.`,
    );
  }
  if (known === undefined) seen.set(name.toLowerCase(), name);
}

function article(what: string): string {
  return what === "input" ? "an input" : `a ${what}`;
}

function readDeclaration({ key: name, value: node }: YamlEntry, report: Report): InputDeclaration {
  const unread = { name, type: "string", required: true, default: undefined, description: "" } as const;
  const map = asMap(node, { report, name, takes: "a map such as { type: string, required: true }" });
  if (!map) return unread;
  const fields = readFields(map, InputSchema, { report, about: `input "${name}"`, byCaller: ["default"] });
  const type = fields.get("type") ?? "string";
  const given = fields.node("default");
  const required = fields.get("required") ?? given === undefined;
  const read = { ...unread, type, required, description: fields.get("description") ?? "" };
  if (given === undefined) {
    if (!required) {
      const message =
        `Input "${name}" is neither required nor has it a default, so it could have no value. ` +
        "Give it a default, or required: true.";
      report.error("pipeline-input", message, fields.spanOf("required"));
    }
    return read;
  }
  if (fields.get("required") === true) {
    const message = `Input "${name}" is required, so that its default is never used. Keep one of the two.`;
    report.error("pipeline-input", message, fields.spanOf("default"));
  }
  if (fields.isWrong("type")) return read;
  const value = inputValue(given, type);
  if (value !== undefined) return { ...read, default: value };
  const wrong = given.kind === "list" && type === "list"
    ? given.items.find((item) => inputValue(item, "string") === undefined) ?? given
    : given;
  const message = `The default of input "${name}" holds ${showNode(wrong)}. It takes ${INPUT_TAKES[type]}.`;
  report.error("pipeline-input", message, wrong.span);
  return read;
}

/** What an input of each type takes, for messages. */
export const INPUT_TAKES: Readonly<Record<InputType, string>> = {
  string: "text (in quotes, if it looks like a number)",
  path: "a path",
  list: "a list of texts",
  number: "a number",
  boolean: "true or false",
};

/** A value of a file as one of an input; undefined if it is of another type, or holds an expression. */
export function inputValue(node: YamlNode, type: InputType): InputValue | undefined {
  if (node.kind === "list" && type === "list") {
    const items = node.items.map((item) => inputValue(item, "string"));
    return items.every((item) => typeof item === "string") ? items : undefined;
  }
  if (node.kind !== "scalar") return undefined;
  const { value } = node;
  if (typeof value === "number") return type === "number" && Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean") return type === "boolean" ? value : undefined;
  if (typeof value !== "string" || value.includes("\0")) return undefined;
  return type === "string" || (type === "path" && value !== "") ? value : undefined;
}
