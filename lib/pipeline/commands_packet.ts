import { item, packetText } from "./packet_text.ts";
import type { RunStage } from "./pipeline.ts";
import { renderTemplate } from "./render_template.ts";
import type { ExpressionValues } from "./stage_packet.ts";

/** The packet that stands for commands which codex-dispatch runs itself: task.md of their run says what was done. Pure. */
export function commandsPacket(
  stage: RunStage,
  { values, commands, workdir }: {
    readonly values: ExpressionValues;
    readonly commands: readonly string[];
    readonly workdir?: string | undefined;
  },
): string {
  return packetText({
    mode: "verifier",
    workdir: workdir ?? renderTemplate(stage.workdir, values),
    workdirLine: 1,
    objective: `The stage "${stage.id}": codex-dispatch runs its commands itself, no model is asked.`,
    writeScope: [item("none")],
    nonGoals: [item("Nothing but the commands is run.")],
    verification: commands.map((command) => ({ ...item(command), literal: !command.includes("\n") })),
    deliverable: [item("The exit status and the output of each command.")],
    context: "",
    inputs: [],
    allowDirtyOverlap: false,
    allowCommits: false,
    ignoredWrites: [],
    waive: [],
    others: [],
  }, stage.id);
}
