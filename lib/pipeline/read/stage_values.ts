import type { ListTemplate, Template } from "../pipeline.ts";
import type { FieldsStageSchema } from "./pipeline_schema.ts";
import type { Fields } from "./read_fields.ts";
import type { Report } from "./report.ts";
import type { YamlList, YamlNode } from "./yaml_node.ts";
import { type Mode, NO_WRITES } from "../../packet/fields.ts";
import type { Span } from "../../base/source_text.ts";

/** Whether a worker has a scope, and nobody else. What entries mean is told once the repository is known. */
export function checkScope(scope: ListTemplate | undefined, { mode, about, fields, report }: {
  readonly mode: Mode;
  readonly about: string;
  readonly fields: Fields<typeof FieldsStageSchema.shape>;
  readonly report: Report;
}): void {
  const node = fields.node("write_scope");
  const fail = (message: string, span: Span): void => report.error("pipeline-scope", message, span);
  if (!node) {
    if (mode === "worker") {
      fail(
        `${about.replace(/^s/, "S")} is a worker without write_scope: name what it may write.`,
        fields.spanOf("mode"),
      );
    }
    return;
  }
  if (!scope) return;
  const items = scope.kind === "items" ? scope.items : undefined;
  const none = items?.findIndex(({ text }) => NO_WRITES.includes(text.trim().toLowerCase())) ?? -1;
  const other = items?.findIndex(({ text }) => !NO_WRITES.includes(text.trim().toLowerCase())) ?? 0;
  const at = (index: number): Span => (node.kind === "list" ? node.items[index] ?? node : node).span;
  if (mode !== "worker") {
    if (other >= 0) fail(`A ${mode} writes nothing. Leave write_scope out, or make it a worker.`, at(other));
  } else if (items?.length === 0) {
    fail("An empty write_scope lets a worker do nothing: name what it may write.", at(0));
  } else if (none >= 0) {
    fail(
      `"${items?.[none]?.text}" lets a worker do nothing: name what it may write, or use a read-only mode.`,
      at(none),
    );
  }
}

/** A literal beginning of a path that is relative: nobody could say from where. */
export function checkWorkdir({ parts, place }: Template, span: Span, report: Report): void {
  const [first] = parts;
  if (typeof first !== "string" || /^\s*(\/|~(\/|$)|[A-Za-z]:[\\/])/.test(first)) return;
  const message =
    `"${place.name}" is relative. Write an absolute path, one from ~, or \${{ inputs.workdir }} and what lies below it.`;
  report.error("pipeline-workdir", message, span);
}

/** Whether entries of `carry` are paths that can be carried, as far as can be told before WORKDIR is known. */
export function checkCarry(carry: ListTemplate, node: YamlNode, report: Report): void {
  if (carry.kind !== "items") return;
  for (const [index, { text, parts }] of carry.items.entries()) {
    if (parts.some((part) => typeof part !== "string")) continue;
    const why = carryFault(text);
    const span = (node.kind === "list" ? node.items[index] ?? node : node).span;
    if (why !== undefined) report.error("pipeline-carry", `"carry" names "${text}", which ${why}`, span);
  }
}

/** What is wrong with a path of `carry`; undefined if nothing is. It is relative to WORKDIR. */
export function carryFault(path: string): string | undefined {
  const parts = path.trim().split(/[\\/]/);
  if (/^\s*([\\/~]|[A-Za-z]:)/.test(path)) {
    return "is no path from the stage's workdir. Name an ignored one that way, such as node_modules.";
  }
  if (parts.some((part) => part.toLowerCase() === ".git")) {
    return "lies in .git: a clean checkout has its own.";
  }
  if (parts.every((part) => part === "" || part === ".")) {
    return "is the whole tree. Name ignored paths in it.";
  }
  return path.includes("\0") ? "holds a NUL byte." : undefined;
}

/** A list that says nothing, where something must be said. */
export function refuseEmpty(node: YamlList, key: string, report: Report): void {
  if (node.items.length > 0) return;
  const remedy = key === "run" ? "Name the commands." : "Leave it out for what is usual in this mode.";
  report.error("pipeline-empty", `"${key}" is an empty list. ${remedy}`, node.span);
}
