import { item, packetText } from "./packet_text.ts";
import type { AgentStage, ListTemplate } from "./pipeline.ts";
import { renderList, renderTemplate } from "./render_template.ts";
import { ROLE_DEFAULTS } from "./role_defaults.ts";
import type { Item, PacketFields } from "../packet/packet_fields.ts";

/** The values that a stage's expressions read. */
export type ExpressionValues = Readonly<Record<string, unknown>>;

/**
 * The text of a stage's packet: its fields with their expressions worked out, one by one, and what is included behind its
 * CONTEXT. Pure.
 *
 * @throws DispatchError if an expression reads what does not exist, or the packet does not read as it is meant
 */
export function stagePacket(
  stage: AgentStage,
  { values, included, workdir }: {
    readonly values: ExpressionValues;
    readonly included: string;
    /** Where it is worked in place of the WORKDIR that is written; undefined for that one. */
    readonly workdir?: string | undefined;
  },
): string {
  const { packet } = stage;
  const isAsWritten = packet.kind === "file" &&
    packet.template.parts.every((part) => typeof part === "string");
  if (isAsWritten && included === "" && workdir === undefined) return packet.template.text;
  const fields = fieldsOf(stage, values);
  const context = [fields.context, included].filter((part) => part.trim() !== "").join("\n\n");
  return packetText({ ...fields, context, workdir: workdir ?? fields.workdir }, stage.id);
}

function fieldsOf(stage: AgentStage, values: ExpressionValues): PacketFields {
  const { packet } = stage;
  const list = (template: ListTemplate | undefined, otherwise: readonly string[] = []): Item[] =>
    (template === undefined ? otherwise : renderList(template, values)).map(item);
  const defaults = ROLE_DEFAULTS[stage.mode];
  return {
    mode: stage.mode,
    workdir: renderTemplate(stage.workdir, values),
    workdirLine: 1,
    objective: renderTemplate(packet.objective, values),
    writeScope: list(packet.writeScope, ["none"]),
    nonGoals: list(packet.nonGoals, defaults.nonGoals),
    verification: list(packet.verification, defaults.verification),
    deliverable: list(packet.deliverable, defaults.deliverable),
    context: packet.context === undefined ? "" : renderTemplate(packet.context, values),
    inputs: list(packet.inputs),
    allowDirtyOverlap: packet.kind === "file" && packet.allowDirtyOverlap,
    allowCommits: packet.allowCommits,
    ignoredWrites: list(packet.ignoredWrites),
    waive: list(packet.waive),
    others: packet.kind === "file"
      ? packet.others.map(({ name, text }) => ({ name, text: renderTemplate(text, values) }))
      : [],
  };
}
