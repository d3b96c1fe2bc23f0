import type { Problem } from "../base/errors.ts";
import { DispatchError } from "../base/errors.ts";
import { packetWorld } from "../dispatch/packet_world.ts";
import type { ScopeEntry } from "../packet/scope_entry.ts";
import { checkPacket, type Packet } from "../packet/check_packet.ts";
import { commandsPacket } from "./commands_packet.ts";
import { expressionValues } from "./expression_values.ts";
import type { AgentStage, ListTemplate, Pipeline, RunStage } from "./pipeline.ts";
import { renderCommands } from "./render_template.ts";
import { stagePacket } from "./stage_packet.ts";
import type { PipelineState } from "./state.ts";

/** The packet of a stage as far as it can be told before anything ran. */
export interface PacketPreview {
  readonly stage: AgentStage | RunStage;
  /** Undefined where it depends on what other stages come to. */
  readonly packet: Packet | undefined;
  /** What the stage may write: that is settled before anything runs. */
  readonly mayWrite: readonly ScopeEntry[];
  readonly problems: readonly Problem[];
}

/** The packets of all stages that can be told from the inputs alone, each checked against the machine. */
export async function previewPackets(
  pipeline: Pipeline,
  state: PipelineState,
  { environment, waive }: {
    readonly environment: Readonly<Record<string, string>>;
    readonly waive: readonly string[];
  },
): Promise<PacketPreview[]> {
  const diffs = { whole: "", rounds: new Map<string, string>() };
  const values = expressionValues({ pipeline, state, workdir: undefined, environment, diffs });
  const world = packetWorld(environment);
  const stages = pipeline.stages.filter((stage) => stage.kind !== "approve");
  return await Promise.all(stages.map(async (stage): Promise<PacketPreview> => {
    const isOpen = readsStages(stage);
    const settled = isOpen && stage.kind === "agent" ? withPlainText(stage) : stage;
    if (isOpen && readsStages(settled)) {
      const message =
        "workdir, write_scope, ignored_writes and waive must be known before the first stage runs: they may not read stages.";
      return {
        stage,
        packet: undefined,
        mayWrite: [],
        problems: [ofStage(stage, { code: "stage-scope", message })],
      };
    }
    try {
      const text = settled.kind === "run"
        ? commandsPacket(settled, { values, commands: renderCommands(settled.commands, values) })
        : stagePacket(settled, { values, included: "" });
      const { packet, problems } = await checkPacket(text, world, { waive });
      const mayWrite = packet ? [...packet.scope, ...packet.ignoredWrites] : [];
      return {
        stage,
        packet: isOpen ? undefined : packet,
        mayWrite,
        problems: problems.map((problem) => ofStage(stage, problem)),
      };
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      const problems = error.problems.map((problem) => ofStage(stage, problem));
      return { stage, packet: undefined, mayWrite: [], problems };
    }
  }));
}

/** The stage with its prose left open: what may be written, and where, is told without it. */
function withPlainText(stage: AgentStage): AgentStage {
  const { packet } = stage;
  const open = { ...packet.objective, parts: ["(known later)"] };
  const list: ListTemplate = { kind: "items", items: [open] };
  const prose = {
    objective: open,
    nonGoals: list,
    verification: list,
    deliverable: list,
    context: undefined,
    inputs: undefined,
  };
  return { ...stage, packet: { ...packet, ...prose, kind: "fields" } };
}

/** A problem of a stage's packet: its line is one of a text that nobody wrote, the stage's is one of the file. Pure. */
export function ofStage(stage: AgentStage | RunStage, { code, message, file, line }: Problem): Problem {
  return {
    code,
    message: `The packet of the stage "${stage.id}": ${message}`,
    file,
    line: file === undefined ? stage.line : line,
  };
}

/** Whether an expression of the packet reads what other stages came to. */
function readsStages(stage: AgentStage | RunStage): boolean {
  const packet = stage.kind === "run" ? [stage.workdir] : [stage.workdir, stage.packet];
  return /"lexeme":"stages"/i.test(JSON.stringify(packet));
}
