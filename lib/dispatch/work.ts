import type { CodexProgram } from "../codex/find_codex.ts";
import type { Packet } from "../packet/check_packet.ts";
import { renderPrompt } from "../packet/prompt.ts";
import { type Containment, containment } from "../process/contain.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { RunEnd } from "./run_end.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";
import { runCodex, type WorkEnd } from "./run_codex.ts";
import { unmetExpectation } from "./run_commands.ts";
import type { FailedSetUp } from "./run_stage_commands.ts";

interface WorkParts {
  readonly packet: Packet;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
}

/** Has Codex work on the prompt, or runs the commands of the stage. */
export async function work(
  prompt: string,
  { packet, options, context, codex, record, contained, onUnderWay }: WorkParts & {
    readonly codex: CodexProgram | undefined;
    readonly record: RunRecord;
    readonly contained: Containment;
    /** Called when there is nothing left to do for who works but to wait. */
    readonly onUnderWay: () => void;
  },
): Promise<WorkEnd> {
  const place = { workdir: packet.workdir, options, record, context, contained };
  const commands = context.part?.commands;
  if (commands) {
    context.report({ kind: "step", text: "running the commands" });
    const { runStageCommands } = await import("./run_stage_commands.ts");
    const running = runStageCommands(commands, place);
    onUnderWay();
    return await running;
  }
  if (!codex) throw new Error("Codex is started without having been looked for");
  context.report({ kind: "step", text: "running Codex" });
  return await runCodex(codex, prompt, { ...place, onFed: onUnderWay });
}

/** What is given to whoever works. */
export function promptOf({ packet, context }: Pick<WorkParts, "packet" | "context">): string {
  const { commands, closing = "" } = context.part ?? {};
  if (commands) return `No prompt: codex-dispatch runs these itself.\n\n${commands.commands.join("\n")}\n`;
  return renderPrompt(packet.fields.mode, packet.text) + closing;
}

/** Makes a clean checkout ready for the stage; undefined if it is. */
export async function setUpCheckout(
  { packet, options, context, scratch }: WorkParts & { readonly scratch: string },
): Promise<FailedSetUp | undefined> {
  const { part, environment, self } = context;
  if (!part || part.setup.length === 0) return undefined;
  const contained = await containment({ environment, self, scratch });
  const { runSetup } = await import("./run_stage_commands.ts");
  return await runSetup(part, { workdir: packet.workdir, options, context, contained });
}

/** What keeps the commands of the stage from being what was expected of them. */
export function unmetByCommands(
  { events }: Extract<RunEnd, { kind: "ran" }>,
  { part }: DispatchContext,
): string[] {
  return part?.commands ? unmetExpectation(part.commands, events.commands) : [];
}
