import type { ListTemplate, PacketFieldTemplates, Template } from "../pipeline.ts";
import type { FieldsStageSchema } from "./pipeline_schema.ts";
import type { Fields } from "./read_fields.ts";
import type { Scope } from "./read_expression.ts";
import { readList, readTemplate } from "./read_template.ts";
import { checkScope, refuseEmpty } from "./stage_values.ts";
import type { Mode } from "../../packet/fields.ts";

/** The packet's fields among the keys of a stage. */
export function readPacketFields(
  fields: Fields<typeof FieldsStageSchema.shape>,
  { mode, about, scope }: { readonly mode: Mode | undefined; readonly about: string; readonly scope: Scope },
): PacketFieldTemplates | undefined {
  const { report } = scope;
  const list = (key: ListKey): ListTemplate | undefined => {
    const node = fields.node(key);
    return node ? readList(node, key, scope) : undefined;
  };
  const text = (key: "objective" | "context"): Template | undefined => {
    const node = fields.node(key);
    return node ? readTemplate(node, key, scope) : undefined;
  };
  for (const key of ["non_goals", "verification", "deliverable"] as const) {
    const node = fields.node(key);
    if (node?.kind === "list") refuseEmpty(node, key, report);
  }
  const objective = text("objective");
  const writeScope = list("write_scope");
  if (mode) checkScope(writeScope, { mode, about, fields, report });
  const packet = {
    // What a read-only stage may say is that it writes nothing.
    writeScope: mode === "worker" ? writeScope : undefined,
    nonGoals: list("non_goals"),
    verification: list("verification"),
    deliverable: list("deliverable"),
    context: text("context"),
    inputs: list("inputs"),
    allowCommits: fields.get("allow_commits") ?? false,
    ignoredWrites: list("ignored_writes"),
    waive: list("waive"),
  };
  return objective && { kind: "fields", objective, ...packet };
}

type ListKey =
  | "write_scope"
  | "non_goals"
  | "verification"
  | "deliverable"
  | "inputs"
  | "ignored_writes"
  | "waive";
