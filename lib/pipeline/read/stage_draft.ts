import { checkName } from "./read_declarations.ts";
import {
  ApproveStageSchema,
  FieldsStageSchema,
  ID,
  PacketStageSchema,
  RunStageSchema,
  STAGE_KINDS,
  type StageKind,
} from "./pipeline_schema.ts";
import { asMap, type Fields, headOf, readFields } from "./read_fields.ts";
import { type PacketFileText, type PacketTemplate, readPacketFile } from "./read_packet_file.ts";
import type { Report } from "./report.ts";
import type { YamlMap, YamlNode } from "./yaml_node.ts";
import type { Mode } from "../../packet/fields.ts";
import { nearest, oneLine } from "../../base/text.ts";

/** A stage of the file by itself: its keys are read, what they name is not looked up yet. */
export type StageDraft = DraftHead & DraftKeys;

interface DraftHead {
  /** Among the drafts. */
  readonly index: number;
  /** Undefined where it is missing or cannot be one. */
  readonly id: string | undefined;
  /** How messages name it: `stage "verify"`. */
  readonly about: string;
  readonly map: YamlMap;
  /** Of a stage that Codex works on, where it is known. */
  readonly mode: Mode | undefined;
}

type DraftKeys =
  | { readonly kind: "mode"; readonly fields: Fields<typeof FieldsStageSchema.shape> }
  | {
    readonly kind: "packet";
    readonly fields: Fields<typeof PacketStageSchema.shape>;
    readonly packet: PacketTemplate | undefined;
  }
  | { readonly kind: "run"; readonly fields: Fields<typeof RunStageSchema.shape> }
  | { readonly kind: "approve"; readonly fields: Fields<typeof ApproveStageSchema.shape> }
  /** What it is cannot be told. */
  | { readonly kind: undefined };

export interface DraftReading {
  readonly report: Report;
  readonly readPacketFile: (path: string) => PacketFileText;
}

/** Reads the stages one by one. Those that are no map are left out, and reported. */
export function draftStages(nodes: readonly YamlNode[], reading: DraftReading): StageDraft[] {
  const { report } = reading;
  const seen = new Map<string, string>();
  const drafts: StageDraft[] = [];
  for (const [at, node] of nodes.entries()) {
    const map = asMap(node, {
      report,
      name: `stages[${at}]`,
      takes: "a map with id and mode, packet, run or approve",
    });
    if (!map) continue;
    const idNode = map.entries.find(({ key }) => key === "id")?.value;
    const written = idNode?.kind === "scalar" && typeof idNode.value === "string" ? idNode.value : undefined;
    if (written !== undefined && idNode) {
      // What is no id at all is told of where its value is held against the schema.
      const fail = (code: string, message: string): void => report.error(code, message, idNode.span);
      if (ID.test(written)) checkName(written, { what: "stage", seen, fail });
    }
    const id = written !== undefined && ID.test(written) ? written : undefined;
    const about = id === undefined ? `stage ${at + 1}` : `stage "${id}"`;
    drafts.push(draftStage({ index: drafts.length, id, about, map }, reading));
  }
  return drafts;
}

/** Read by those who know what they mean: maps key by key, and texts with expressions in them. */
const BY_CALLER = [
  ...["on_fail", "gate", "retry", "env", "if", "run", "setup", "carry", "approve", "workdir"],
  ...["objective", "context", "write_scope", "non_goals", "verification", "deliverable", "inputs"],
  ...["ignored_writes", "waive"],
];

function draftStage(head: Omit<DraftHead, "mode">, reading: DraftReading): StageDraft {
  const { report } = reading;
  const { map, about } = head;
  const kind = kindOf(head, report);
  const how = {
    report,
    about,
    byCaller: BY_CALLER,
    explain: (key: string) => kind && explainKey(key, kind, about),
  };
  switch (kind) {
    case undefined:
      return { ...head, mode: undefined, kind };
    case "mode": {
      const fields = readFields(map, FieldsStageSchema, how);
      return { ...head, mode: fields.get("mode"), kind, fields };
    }
    case "packet": {
      const fields = readFields(map, PacketStageSchema, how);
      const packet = packetOf(fields, reading);
      return { ...head, mode: packet?.mode, kind, fields, packet };
    }
    case "run":
      return { ...head, mode: undefined, kind, fields: readFields(map, RunStageSchema, how) };
    case "approve":
      return { ...head, mode: undefined, kind, fields: readFields(map, ApproveStageSchema, how) };
  }
}

const KINDS = Object.keys(STAGE_KINDS) as StageKind[];

function kindOf({ map, about }: Omit<DraftHead, "mode">, report: Report): StageKind | undefined {
  const [entry, second] = map.entries.filter(({ key }) => KINDS.some((kind) => kind === key));
  if (entry && second) {
    const message = `${
      capital(about)
    } has "${entry.key}" and "${second.key}", which are stages of two kinds. Keep one.`;
    report.error("pipeline-stage-kind", message, second.keySpan);
    return undefined;
  }
  if (entry) return KINDS.find((kind) => kind === entry.key);
  for (const { key, keySpan } of map.entries) {
    const meant = isKey(key) ? undefined : nearest(key.toLowerCase(), KINDS);
    if (meant === undefined) continue;
    report.error(
      "pipeline-key",
      `Unknown key "${oneLine(key, 60)}" in ${about}. Did you mean "${meant}"?`,
      keySpan,
    );
    return undefined;
  }
  const message =
    `${capital(about)} does not say what it is. It takes one of the keys mode (a role that Codex plays), ` +
    "packet (a task packet), run (commands) and approve (a question to a person).";
  report.error("pipeline-stage-kind", message, headOf(map));
  return undefined;
}

function isKey(key: string): boolean {
  return KINDS.some((kind) => Object.hasOwn(STAGE_KINDS[kind].schema.shape, key));
}

/** A key that stages of another kind have. */
function explainKey(key: string, kind: StageKind, about: string): string | undefined {
  const owner = KINDS.find((other) => Object.hasOwn(STAGE_KINDS[other].schema.shape, key));
  if (owner === undefined) return undefined;
  if (kind === "packet") return `"${key}" of ${about} stands in its packet file, and not here.`;
  return `"${key}" is no key of ${STAGE_KINDS[kind].name}; ${STAGE_KINDS[owner].name} has it.`;
}

function packetOf(
  fields: Fields<typeof PacketStageSchema.shape>,
  reading: DraftReading,
): PacketTemplate | undefined {
  const { report } = reading;
  const path = fields.get("packet");
  const node = fields.node("packet");
  if (path === undefined || !node) return undefined;
  if (path.includes("${{")) {
    report.error(
      "pipeline-packet",
      '"packet" takes a path as it is, without ${{ }}: the packet is read before the run.',
      node.span,
    );
    return undefined;
  }
  const found = reading.readPacketFile(path);
  if ("text" in found) return readPacketFile(found, report);
  report.error(
    "pipeline-packet",
    `The packet "${oneLine(path, 120)}" cannot be read: ${found.refused}`,
    node.span,
  );
  return undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
