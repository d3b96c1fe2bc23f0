import { wrapLines } from "./wrap_lines.ts";
import { CollectedBytes } from "../base/bytes.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import { forTerminal } from "../base/for_terminal.ts";
import type { StopSignal } from "../base/stop_signal.ts";

/** What a command takes from the process and gives back to it. Tests hand in one of their own. */
export interface CliContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The result alone goes to standard output. */
  readonly stdout: (text: string) => void;
  /** Progress, warnings and errors go to standard error. */
  readonly stderr: (text: string) => void;
  /** What a display draws there with escape sequences of its own: written as it is. */
  readonly draw: (text: string) => void;
  /** All of standard input; of more than `most` bytes a little more than that. */
  readonly readStdin: (most?: number) => Promise<Uint8Array>;
  /** Columns of the terminal behind standard error; undefined if it is none. */
  readonly columns: () => number | undefined;
  readonly now: () => Date;
  /** Calls back at each SIGINT and SIGTERM until it is disposed. */
  readonly onSignal: (take: (signal: StopSignal) => void) => Disposable;
  /** How this program is started again: the compiled binary, or Deno with its script. */
  readonly self: readonly string[];
  /** The module that a thread of this program begins in; undefined where there are none. */
  readonly threads?: string | undefined;
  /** In a process without a caller (`--detach`): tells of the run as soon as it has its directory. */
  readonly detached?: (run: DetachedRun) => void;
}

/** The hidden command that a process without a caller is started with. */
export const DETACHED_COMMAND = "detached";

export interface DetachedRun {
  readonly runId: string;
  readonly runDir: string;
  /** Where the progress goes. */
  readonly log: string;
}

/** Everything that a command does ends here: with its exit status. */
export type Done = (code: ExitCode) => void;

/** The context of the real process. */
export function processContext(script: string): CliContext {
  return {
    args: Deno.args,
    environment: withSafePath(Deno.env.toObject()),
    cwd: Deno.cwd(),
    // A program that reads on has the bytes as they are.
    stdout: (text) => writeAll(Deno.stdout, Deno.stdout.isTerminal() ? forTerminal(text) : text),
    stderr: (text) => {
      const columns = columnsOfStderr();
      const safe = forTerminal(text);
      writeToStderr(columns === undefined ? safe : wrapLines(safe, columns));
    },
    draw: writeToStderr,
    readStdin,
    columns: columnsOfStderr,
    now: () => new Date(),
    onSignal: listen,
    self: Deno.build.standalone
      ? [Deno.execPath()]
      : [Deno.execPath(), "run", "--allow-all", "--quiet", script],
  };
}

function writeToStderr(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // A terminal that was closed, a full disk: nobody looks on, and the run is worth more than its display.
  }
}

async function readStdin(most = Infinity): Promise<Uint8Array> {
  const bytes = new CollectedBytes();
  for await (const chunk of Deno.stdin.readable) {
    bytes.add(chunk);
    if (bytes.length > most) break;
  }
  return bytes.bytes();
}

/**
 * PATH with its absolute folders alone. An empty or relative one means the current folder, and so the work tree: a `git` that a
 * worker put there would be run by the check. Exported for its table.
 */
export function withSafePath(environment: Record<string, string>): Record<string, string> {
  const given = environment["PATH"];
  if (given === undefined || Deno.build.os === "windows") return environment;
  const absolute = given.split(":").filter((folder) => folder.startsWith("/"));
  // An empty PATH would be the current folder once more.
  return { ...environment, PATH: absolute.length > 0 ? absolute.join(":") : "/usr/bin:/bin" };
}

function columnsOfStderr(): number | undefined {
  try {
    // A terminal that does not say how wide it is says 0.
    return Deno.stderr.isTerminal() ? Deno.consoleSize().columns || 80 : undefined;
  } catch {
    return 80;
  }
}

/** A reader that went away, as in `codex-dispatch … | head -1`, is no fault of ours. */
function writeAll(stream: { writeSync(data: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function listen(take: (signal: StopSignal) => void): Disposable {
  // SIGHUP, a terminal that was closed, ends a run as SIGTERM does. Windows knows SIGINT alone.
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const listeners = signals.map((signal) => {
    const listener = (): void => take(signal === "SIGINT" ? "SIGINT" : "SIGTERM");
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return {
    [Symbol.dispose]: () => {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
