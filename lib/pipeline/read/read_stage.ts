import type { AgentStage, ApproveStage, OnFail, RunStage, Stage } from "../pipeline.ts";
import type { AgentShape, CommonShape } from "./pipeline_schema.ts";
import { type Fields, headOf } from "./read_fields.ts";
import { readAgentGate, readOnFail, readRetries, readRunGate } from "./read_gate.ts";
import { readPacketFields } from "./read_packet_fields.ts";
import { readCommands, readCondition, readTemplate } from "./read_template.ts";
import { readWork } from "./read_work.ts";
import type { StageDraft } from "./stage_draft.ts";
import { checkReturn, readInclude } from "./stage_links.ts";
import { type PipelineNames, scopeOfStage } from "./stage_scope.ts";
import { limitOf, settingsOf, writtenSettings } from "./stage_settings.ts";
import { refuseEmpty } from "./stage_values.ts";
import type { Expression } from "../../base/expressions.ts";

export interface StageReading extends PipelineNames {
  readonly defaults: ReturnType<typeof writtenSettings> | undefined;
}

type Draft<K extends StageDraft["kind"]> = Extract<StageDraft, { kind: K }>;

/** A stage with its defaults filled in; undefined, and reported, where something about it cannot be told. */
export function readStage(index: number, reading: StageReading): Stage | undefined {
  const draft = reading.drafts[index];
  switch (draft?.kind) {
    case undefined:
      return undefined;
    case "mode":
    case "packet":
      return readAgentStage(draft, reading);
    case "run":
      return readRunStage(draft, reading);
    case "approve":
      return readApproveStage(draft, reading);
  }
}

function readAgentStage(draft: Draft<"mode" | "packet">, reading: StageReading): AgentStage | undefined {
  const fields: Fields<AgentShape> = draft.fields;
  const scope = scopeOfStage(draft.index, reading);
  const { report } = scope;
  const { about } = draft;
  const common = readCommon(draft, fields, reading);
  const mode = draft.mode;
  const work = readWork(draft, fields, reading);
  const file = draft.kind === "packet" ? draft.packet?.read(scope) : undefined;
  const packet = draft.kind === "packet"
    ? file?.packet
    : readPacketFields(draft.fields, { mode, about, scope });
  const include = readInclude(draft.index, fields, reading);
  const own = scopeOfStage(draft.index, reading, true);
  const gate = mode && readAgentGate(fields.node("gate"), mode, { scope: own, about });
  const retries = readRetries(fields.node("retry"), { report, about });
  const settings = settingsOf(writtenSettings(fields, report), reading.defaults);
  const workdir = file?.workdir ?? work.workdir;
  if (!packet || !gate || !mode || !workdir) return undefined;
  return { ...common, ...work, ...settings, ...gate, kind: "agent", workdir, mode, include, retries, packet };
}

function readRunStage(draft: Draft<"run">, reading: StageReading): RunStage | undefined {
  const { fields, about } = draft;
  const scope = scopeOfStage(draft.index, reading);
  const common = readCommon(draft, fields, reading);
  const { workdir, ...work } = readWork(draft, fields, reading);
  const node = fields.node("run");
  const commands = node ? readCommands(node, "run", scope) : undefined;
  if (node?.kind === "list") refuseEmpty(node, "run", scope.report);
  const own = scopeOfStage(draft.index, reading, true);
  const require = readRunGate(fields.node("gate"), { scope: own, about });
  const { timeout } = settingsOf(
    { ...NO_SETTINGS, timeout: limitOf(fields.get("timeout")) },
    reading.defaults,
  );
  if (!commands || !workdir) return undefined;
  const expect = fields.get("expect") ?? "pass";
  return { ...common, ...work, kind: "run", workdir, commands, expect, require, timeout, retries: 0 };
}

const NO_SETTINGS = {
  timeout: undefined,
  heartbeat: undefined,
  command: undefined,
  model: undefined,
  effort: undefined,
  profile: undefined,
  codexConfig: [],
};

function readApproveStage(draft: Draft<"approve">, reading: StageReading): ApproveStage | undefined {
  const { fields } = draft;
  const common = readCommon(draft, fields, reading);
  const node = fields.node("approve");
  const text = node ? readTemplate(node, "approve", scopeOfStage(draft.index, reading)) : undefined;
  return text && { ...common, kind: "approve", text };
}

interface Common {
  readonly id: string;
  readonly line: number;
  readonly needs: readonly string[];
  readonly if: Expression | undefined;
  readonly onFail: OnFail;
}

function readCommon(draft: StageDraft, fields: Fields<CommonShape>, reading: StageReading): Common {
  const { report, drafts, order } = reading;
  const node = fields.node("if");
  const condition = node ? readCondition(node, "if", scopeOfStage(draft.index, reading)) : undefined;
  const { onFail, target } = readOnFail(fields, { report, about: draft.about });
  if (onFail.kind === "return" && target) checkReturn(draft.index, onFail.to, { target, stages: reading });
  return {
    id: draft.id ?? "",
    line: report.source.placeOf(headOf(draft.map).start).line,
    needs: (order[draft.index]?.needs ?? []).flatMap((at) => drafts[at]?.id ?? []),
    if: condition,
    onFail,
  };
}
