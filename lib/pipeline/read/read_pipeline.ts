import type { InputDeclaration, Pipeline, Stage } from "../pipeline.ts";
import { ID, PipelineSchema } from "./pipeline_schema.ts";
import { checkName, readDeclarations } from "./read_declarations.ts";
import { asMap, type Fields, readFields, showNode } from "./read_fields.ts";
import type { PacketFileText } from "./read_packet_file.ts";
import { readStage } from "./read_stage.ts";
import { Report } from "./report.ts";
import { draftStages } from "./stage_draft.ts";
import { orderStages } from "./stage_order.ts";
import { readBudget, readDefaults } from "./stage_settings.ts";
import { readYaml } from "./read_yaml.ts";
import type { YamlNode } from "./yaml_node.ts";
import type { Problem } from "../../base/errors.ts";
import { SourceText } from "../../base/source_text.ts";
import { showCount } from "../../base/text.ts";

export interface PipelineReading {
  /** Undefined where there are problems. */
  readonly pipeline: Pipeline | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface PipelineSource {
  /** As messages name it. */
  readonly file: string;
  /** Finds the packet at a path that the file names, from the file's own folder. */
  readonly readPacketFile: (path: string) => PacketFileText;
}

const MOST_STAGES = 1000;

/**
 * Reads a pipeline file to the end: every problem at once, each with its place. Pure but for the packets that it names.
 * Never throws.
 */
export function readPipeline(text: string, { file, readPacketFile }: PipelineSource): PipelineReading {
  const report = new Report(new SourceText(file, text.replace(/^\uFEFF/, "")));
  const { root, problems } = readYaml(report.source);
  report.add(problems);
  const map = root &&
    asMap(root, { report, name: "the file", takes: "a map with version, inputs and stages" });
  const read = map && readKeys(
    readFields(map, PipelineSchema, { report, about: "the pipeline", byCaller: BY_CALLER }),
    { report, readPacketFile },
  );
  const pipeline = read && report.problems.length === 0 ? { ...read, text } : undefined;
  return { pipeline, problems: report.problems, warnings: report.warnings };
}

type PipelineFields = Fields<typeof PipelineSchema.shape>;

/** Read key by key, so that one wrong value hides no other. */
const BY_CALLER = ["inputs", "defaults", "budget", "stages"];

function readKeys(
  fields: PipelineFields,
  { report, readPacketFile }: { report: Report } & Pick<PipelineSource, "readPacketFile">,
): Omit<Pipeline, "text"> {
  const inputs = readInputs(fields.node("inputs"), report);
  const env = readVariables(fields, report);
  const defaults = readDefaults(fields.node("defaults"), report);
  const drafts = draftStages(stageNodes(fields.node("stages"), report), { report, readPacketFile });
  const order = orderStages(drafts, report);
  const reads = new Set<string>();
  const indexes = new Map(drafts.map(({ id = "" }, at) => [id.toLowerCase(), at]));
  const names = { inputs, env, reads, drafts, order, indexes, report, defaults };
  const stages = drafts.flatMap((_, at): Stage[] => {
    const stage = readStage(at, names);
    return stage ? [stage] : [];
  });
  if (report.problems.length === 0) warnOfUnread(inputs ?? [], { fields, reads, report });
  return {
    name: fields.get("name") ?? nameOf(report.source.file),
    description: fields.get("description") ?? "",
    inputs: inputs ?? [],
    env: env ?? [],
    budget: readBudget(fields.node("budget"), report),
    stages,
  };
}

function readInputs(node: YamlNode | undefined, report: Report): InputDeclaration[] | undefined {
  if (!node) return [];
  const map = asMap(node, { report, name: "inputs", takes: "a map of inputs by name" });
  return map && readDeclarations(map, report);
}

function readVariables(fields: PipelineFields, report: Report): readonly string[] | undefined {
  const node = fields.node("env");
  const names = fields.get("env");
  if (!names || node?.kind !== "list") return fields.isWrong("env") ? undefined : [];
  const seen = new Map<string, string>();
  for (const [at, name] of names.entries()) {
    const span = node.items[at]?.span ?? node.span;
    checkName(name, { what: "variable", seen, fail: (code, message) => report.error(code, message, span) });
  }
  return names;
}

function stageNodes(node: YamlNode | undefined, report: Report): readonly YamlNode[] {
  if (!node) return [];
  if (node.kind !== "list" || node.items.length === 0) {
    const message = `"stages" is ${showNode(node)}. It takes a list of stages, each a map behind a dash.`;
    report.error("pipeline-value", message, node.span);
    return [];
  }
  const tooMany = node.items[MOST_STAGES];
  if (tooMany) {
    const message = `The pipeline has ${showCount(node.items.length)} stages; ${
      showCount(MOST_STAGES)
    } are the most.`;
    report.error("pipeline-too-large", message, tooMany.span);
  }
  return node.items.slice(0, MOST_STAGES);
}

function warnOfUnread(
  inputs: readonly InputDeclaration[],
  { fields, reads, report }: { fields: PipelineFields; reads: ReadonlySet<string>; report: Report },
): void {
  const node = fields.node("inputs");
  if (node?.kind !== "map" || reads.has("inputs.*")) return;
  for (const { name } of inputs) {
    const entry = node.entries.find(({ key }) => key === name);
    if (!entry || reads.has(`inputs.${name.toLowerCase()}`)) continue;
    report.warning("pipeline-input", `No expression reads the input "${name}".`, entry.keySpan);
  }
}

/** The file's name without folder and ending, as far as it can be a name. */
function nameOf(file: string): string {
  const base = /([^/\\]*?)(?:\.ya?ml)?$/i.exec(file)?.[1] ?? "";
  return ID.test(base) ? base : "pipeline";
}
