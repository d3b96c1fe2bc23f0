import type { ListTemplate, RunStage, Template } from "../pipeline.ts";
import type { FieldsStageSchema, WorkingShape } from "./pipeline_schema.ts";
import { type Fields, headOf } from "./read_fields.ts";
import type { Scope } from "./read_expression.ts";
import { readCommands, readList, readTemplate, templateOf } from "./read_template.ts";
import type { StageDraft } from "./stage_draft.ts";
import { waitsFor } from "./stage_order.ts";
import { type PipelineNames, scopeOfStage } from "./stage_scope.ts";
import { checkCarry, checkWorkdir } from "./stage_values.ts";

interface Work {
  readonly workdir: Template | undefined;
  readonly checkout: "clean" | "shared";
  readonly setup: RunStage["setup"];
  readonly carry: ListTemplate;
  readonly env: RunStage["env"];
}

/** What stages share that work in a folder. A packet says by itself in which one. */
export function readWork(draft: StageDraft, fields: Fields<WorkingShape>, names: PipelineNames): Work {
  const scope = scopeOfStage(draft.index, names);
  const { report } = scope;
  const checkout = fields.get("checkout") ?? defaultCheckout(draft, names);
  if (checkout === "clean" && draft.mode === "worker") {
    const message =
      'A worker works in the tree itself: what it writes in a clean checkout would be lost. Leave "checkout" out.';
    report.error("pipeline-checkout", message, fields.spanOf("checkout"));
  }
  const setupNode = fields.node("setup");
  const carryNode = fields.node("carry");
  for (const key of ["setup", "carry"] as const) {
    if (checkout === "clean" || !fields.node(key)) continue;
    const remedy = draft.mode === "worker"
      ? "A worker never has one: leave it out."
      : 'Add "checkout: clean".';
    const message =
      `"${key}" is for a clean checkout, and ${draft.about} works in the tree itself. ${remedy}`;
    report.error("pipeline-checkout", message, fields.spanOf(key));
  }
  const setup = setupNode ? readCommands(setupNode, "setup", scope) : undefined;
  const carry = carryNode ? readList(carryNode, "carry", scope) : undefined;
  if (carryNode && carry) checkCarry(carry, carryNode, report);
  return {
    workdir: draft.kind === "packet" ? undefined : readWorkdir(draft, fields, names),
    checkout,
    setup: setup ?? { kind: "written", commands: [] },
    carry: carry ?? { kind: "items", items: [] },
    env: readEnv(fields, scope),
  };
}

/** Clean for what proves a worker's work; everything else shares the tree. */
function defaultCheckout(draft: StageDraft, { drafts, order }: PipelineNames): "clean" | "shared" {
  if (draft.kind !== "run" && draft.mode !== "verifier") return "shared";
  const own = order[draft.index];
  const afterWorker = drafts.some(({ mode }, at) => mode === "worker" && own && waitsFor(own, at));
  return afterWorker ? "clean" : "shared";
}

function readWorkdir(
  draft: StageDraft,
  fields: Fields<WorkingShape>,
  names: PipelineNames,
): Template | undefined {
  const scope = scopeOfStage(draft.index, names);
  const given: Fields<Pick<typeof FieldsStageSchema.shape, "workdir">> = fields as Fields<
    typeof FieldsStageSchema.shape
  >;
  const node = given.node("workdir");
  if (node) {
    const workdir = readTemplate(node, "workdir", scope);
    if (workdir) checkWorkdir(workdir, node.span, scope.report);
    return workdir;
  }
  const span = headOf(draft.map);
  const input = names.inputs?.find(({ name }) => name.toLowerCase() === "workdir");
  if (names.inputs && (!input || (input.type !== "path" && input.type !== "string"))) {
    const found = input ? `inputs.workdir is a ${input.type}` : "no input workdir is declared";
    const message = `${draft.about.replace(/^s/, "S")} has no "workdir", and ${found}. Declare ` +
      'inputs: { workdir: { type: path } }, or give the stage a "workdir".';
    scope.report.error("pipeline-workdir", message, span);
    return undefined;
  }
  const text = `\${{ inputs.${input?.name ?? "workdir"} }}`;
  return templateOf({ name: "workdir", text, span }, scope);
}

function readEnv(fields: Fields<WorkingShape>, scope: Scope): RunStage["env"] {
  const node = fields.node("env");
  if (!node) return [];
  const { report } = scope;
  if (node.kind !== "map") {
    report.error(
      "pipeline-value",
      '"env" of a stage takes a map of names and texts, such as { NAME: text }.',
      node.span,
    );
    return [];
  }
  return node.entries.flatMap(({ key, keySpan, value }) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      report.error(
        "pipeline-value",
        `"${key}" cannot be the name of a variable: letters, digits and _.`,
        keySpan,
      );
    }
    const template = readTemplate(value, `env.${key}`, scope);
    return template ? [{ name: key, value: template }] : [];
  });
}
