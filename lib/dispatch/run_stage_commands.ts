import type { Containment } from "../process/contain.ts";
import { HeadAndTail } from "../process/head_and_tail.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";
import type { StageCommands } from "./part.ts";
import { STDERR_KEPT, type WorkEnd } from "./run_codex.ts";
import { runCommands } from "./run_commands.ts";
import { EventReader } from "../codex/events.ts";

/** Runs the commands of a stage in place of Codex, and records them like its events. */
export async function runStageCommands(
  commands: StageCommands,
  { workdir, options, record, context, contained }: {
    readonly workdir: string;
    readonly options: DispatchOptions;
    readonly record: RunRecord;
    readonly context: DispatchContext;
    readonly contained: Containment;
  },
): Promise<WorkEnd> {
  record.openEvents();
  const printed = new HeadAndTail(STDERR_KEPT);
  const reader = new EventReader((event) => context.report({ kind: "codex", event }));
  const { cause, commands: seen, survivors } = await runCommands(commands, {
    cwd: workdir,
    env: {
      ...context.environment,
      ...context.part?.variables,
      PYTHONPYCACHEPREFIX: `${record.scratch}/pycache`,
    },
    limit: options.limits.hard,
    containment: contained,
    interrupt: context.interrupt,
    hurry: context.hurry,
    onEvent: (line) => {
      record.appendEvents(line);
      reader.push(line);
    },
    onOutput: (chunk) => printed.push(chunk),
  });
  return {
    cause,
    code: null,
    signal: null,
    survivors,
    events: { ...reader.finish(), commands: seen },
    answer: undefined,
    stderr: printed.bytes(),
  };
}
