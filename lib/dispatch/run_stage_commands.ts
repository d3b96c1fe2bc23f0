import { EventReader } from "../codex/events.ts";
import type { Containment } from "../process/contain.ts";
import { HeadAndTail } from "../process/head_and_tail.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";
import type { Part, StageCommands } from "./part.ts";
import { STDERR_KEPT, type WorkEnd } from "./run_codex.ts";
import { type CommandsEnd, runCommands, unmetExpectation } from "./run_commands.ts";

interface CommandsPlace {
  readonly workdir: string;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
  readonly contained: Containment;
}

/** Runs the commands of a stage in place of Codex, and records them like its events. */
export async function runStageCommands(
  commands: StageCommands,
  { record, ...place }: CommandsPlace & { readonly record: RunRecord },
): Promise<WorkEnd> {
  record.openEvents();
  const printed = new HeadAndTail(STDERR_KEPT);
  const end = await runInPlace(commands, {
    ...place,
    variables: { PYTHONPYCACHEPREFIX: `${record.scratch}/pycache` },
    onEvent: (line) => record.appendEvents(line),
    onOutput: (chunk) => printed.push(chunk),
  });
  return asWorkEnd(end, printed);
}

/** A checkout that could not be made ready: how its commands ended, and why that will not do. */
export interface FailedSetUp {
  readonly end: WorkEnd;
  readonly unmet: readonly string[];
}

/** Runs the commands that make a clean checkout ready; undefined if they did. */
export async function runSetup(part: Part, place: CommandsPlace): Promise<FailedSetUp | undefined> {
  const setup: StageCommands = { commands: part.setup, expect: "pass" };
  place.context.report({ kind: "step", text: "setting the checkout up" });
  const printed = new HeadAndTail(STDERR_KEPT);
  const end = await runInPlace(setup, {
    ...place,
    variables: {},
    onEvent: () => {},
    onOutput: (chunk) => printed.push(chunk),
  });
  const unmet = end.cause.kind === "exited" ? unmetExpectation(setup, end.commands) : [];
  if (end.cause.kind === "exited" && unmet.length === 0) return undefined;
  return {
    end: asWorkEnd(end, printed),
    unmet: unmet.map((sentence) => `The checkout could not be set up: ${sentence}`),
  };
}

async function runInPlace(
  commands: StageCommands,
  { workdir, options, context, contained, variables, onEvent, onOutput }: CommandsPlace & {
    readonly variables: Readonly<Record<string, string>>;
    readonly onEvent: (line: Uint8Array) => void;
    readonly onOutput: (chunk: Uint8Array) => void;
  },
): Promise<CommandsEnd> {
  const shown = new EventReader((event) => context.report({ kind: "codex", event }));
  return await runCommands(commands, {
    cwd: workdir,
    env: { ...context.environment, ...context.part?.variables, ...variables },
    limit: options.limits.hard,
    containment: contained,
    interrupt: context.interrupt,
    hurry: context.hurry,
    onEvent: (line) => {
      onEvent(line);
      shown.push(line);
    },
    onOutput,
  });
}

function asWorkEnd({ cause, commands, survivors }: CommandsEnd, printed: HeadAndTail): WorkEnd {
  const events = { ...new EventReader().finish(), commands };
  return { cause, code: null, signal: null, survivors, events, answer: undefined, stderr: printed.bytes() };
}
