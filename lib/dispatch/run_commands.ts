import type { SeenCommand } from "../codex/seen_command.ts";
import type { Containment } from "../process/contain.ts";
import { HeadAndTail } from "../process/head_and_tail.ts";
import type { Survivor } from "../process/process_tree.ts";
import { type EndCause, runWatched } from "../process/run_watched.ts";
import { showSeconds } from "../base/durations.ts";
import { messageOf } from "../base/errors.ts";
import { oneLine } from "../base/text.ts";
import type { StageCommands } from "./part.ts";

/** How commands ended that codex-dispatch ran itself. */
export interface CommandsEnd {
  readonly cause: EndCause;
  readonly commands: readonly SeenCommand[];
  readonly survivors: readonly Survivor[];
}

export interface CommandsOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for all of them together; null for no limit. */
  readonly limit: number | null;
  readonly containment: Containment;
  readonly interrupt: AbortSignal;
  readonly hurry: AbortSignal;
  /** Called with each line of the record: the form of Codex's own events. */
  readonly onEvent: (line: Uint8Array) => void;
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

/** Bytes of a command's output that are kept of its beginning and of its end. */
const OUTPUT_KEPT = 8 * 1024;

/** Statuses with which a shell says that it could not run the command. Source: sh(1). */
const NOT_RUN: readonly number[] = [126, 127];

/**
 * Runs shell commands as they are written, one after the other, each contained like Codex. It stops at the first that decides:
 * where all must pass, the first that does not; otherwise one that could not be run.
 */
export async function runCommands(
  { commands, expect }: StageCommands,
  options: CommandsOptions,
): Promise<CommandsEnd> {
  const started = performance.now();
  const seen: SeenCommand[] = [];
  const survivors: Survivor[] = [];
  for (const [index, command] of commands.entries()) {
    const id = `command_${index}`;
    options.onEvent(
      eventLine("item.started", { id, command, output: "", exitCode: null, status: "in_progress" }),
    );
    const remaining = options.limit === null
      ? null
      : Math.max(1, options.limit - (performance.now() - started));
    const { cause, survivors: left, ...ended } = await runOne(command, { ...options, limit: remaining });
    survivors.push(...left);
    seen.push({ id, command, ...ended });
    options.onEvent(eventLine("item.completed", { id, command, ...ended }));
    if (cause.kind === "watchdog") {
      // Its own words speak of one command, and of what Codex did.
      const reason = `the limit of ${showSeconds(options.limit ?? 0)} was reached while "${
        oneLine(command, 120)
      }" ran`;
      return { cause: { ...cause, reason }, commands: seen, survivors };
    }
    if (cause.kind !== "exited") return { cause, commands: seen, survivors };
    const outcome = commandOutcome(ended.exitCode);
    if (outcome === "neither" || (expect === "pass" && outcome === "failed")) break;
  }
  return { cause: { kind: "exited" }, commands: seen, survivors };
}

/** Whether a command passed, failed, or was not really run. Pure. */
export function commandOutcome(exitCode: number | null): "passed" | "failed" | "neither" {
  if (exitCode === null || NOT_RUN.includes(exitCode)) return "neither";
  return exitCode === 0 ? "passed" : "failed";
}

/** A sentence for what keeps the commands from being what was expected of them; none if nothing does. Pure. */
export function unmetExpectation(
  { commands, expect }: StageCommands,
  seen: readonly SeenCommand[],
): string[] {
  const odd = seen.find(({ exitCode }) => commandOutcome(exitCode) === "neither");
  if (odd) return [`"${odd.command}" ${howItEnded(odd.exitCode)}, which is neither passed nor failed.`];
  const failed = seen.find(({ exitCode }) => commandOutcome(exitCode) === "failed");
  if (expect === "fail") {
    return failed ? [] : [`expect: fail, but ${seen.length === 1 ? "the command" : "every command"} passed.`];
  }
  if (failed) return [`"${failed.command}" ended with ${failed.exitCode}; expect: pass.`];
  return seen.length === commands.length ? [] : ["Not every command was run."];
}

function howItEnded(exitCode: number | null): string {
  if (exitCode === null) return "was killed";
  return exitCode === 127 ? "was not found (status 127)" : `could not be run (status ${exitCode})`;
}

type OneEnd = {
  readonly cause: EndCause;
  readonly survivors: readonly Survivor[];
  readonly exitCode: number | null;
  readonly status: string;
  readonly output: string;
};

async function runOne(command: string, options: CommandsOptions): Promise<OneEnd> {
  const output = new HeadAndTail(OUTPUT_KEPT);
  const take = (chunk: Uint8Array): void => {
    output.push(chunk);
    options.onOutput?.(chunk);
  };
  const shell = Deno.build.os === "windows" ? ["cmd.exe", "/d", "/s", "/c"] : ["/bin/sh", "-c"];
  try {
    const { cause, code, survivors } = await runWatched(shell[0] ?? "/bin/sh", [...shell.slice(1), command], {
      cwd: options.cwd,
      env: options.env,
      stdin: "",
      limits: { hard: options.limit, heartbeat: null, command: null },
      onStdout: take,
      onStderr: take,
      containment: options.containment,
      interrupt: options.interrupt,
      hurry: options.hurry,
    });
    const status = cause.kind !== "exited" || code === null
      ? "declined"
      : code === 0
      ? "completed"
      : "failed";
    const exitCode = cause.kind === "exited" ? code : null;
    return { cause, survivors, exitCode, status, output: textOf(output) };
  } catch (error) {
    const why = `codex-dispatch: the shell could not be started: ${messageOf(error)}\n`;
    return {
      cause: { kind: "exited" },
      survivors: [],
      exitCode: null,
      status: "declined",
      output: textOf(output) + why,
    };
  }
}

function textOf(output: HeadAndTail): string {
  return new TextDecoder().decode(output.bytes());
}

function eventLine(
  type: string,
  { id, command, output, exitCode, status }: {
    readonly id: string;
    readonly command: string;
    readonly output: string;
    readonly exitCode: number | null;
    readonly status: string;
  },
): Uint8Array {
  const item = {
    id,
    type: "command_execution",
    command,
    aggregated_output: output,
    exit_code: exitCode,
    status,
  };
  return new TextEncoder().encode(`${JSON.stringify({ type, item })}\n`);
}
