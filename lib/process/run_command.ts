import { inOwnSession, neverBegan, type SessionCommand } from "./own_session.ts";
import { signalGroup } from "./signal_group.ts";

/** How a short helper command ended. */
export interface CommandResult {
  /** Exit status; null after a signal, or when it was ended at its deadline. */
  readonly code: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Milliseconds until it is ended with SIGKILL. */
  readonly deadline: number;
  /** Aborted: it is ended with SIGKILL at once. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command that is known to be short, such as git, and collects its output. Its
 * group ends at its deadline, and it is not waited for beyond that. What Ctrl-C does to it is decided in one place, and not by
 * the terminal.
 *
 * @throws Deno.errors.NotFound if there is no such program
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const command = inOwnSession(program, args);
  const result = await run(command, options);
  // Begun by Deno itself it throws what is wrong with the program.
  return neverBegan(command, result.code, result.stderr)
    ? await run({ program, args: [...args], detached: true }, options)
    : result;
}

async function run(
  { program, args, detached }: SessionCommand,
  options: CommandOptions,
): Promise<CommandResult> {
  const child = new Deno.Command(program, {
    args,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    clearEnv: true,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached,
  }).spawn();
  const givenUp = Promise.withResolvers<undefined>();
  let timedOut = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    // In its first moment it is in no group of its own yet.
    if (!signalGroup(child.pid, "SIGKILL")) killAlone(child);
    clearTimeout(timer);
    // Who left the group may hold its pipes open.
    timer = setTimeout(() => givenUp.resolve(undefined), KILLED_WITHIN);
  };
  timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.deadline);
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted) end();
  running.add(end);
  try {
    if (options.stdin !== undefined) feed(child.stdin, options.stdin);
    const output = await Promise.race([child.output(), givenUp.promise]);
    if (!output) return { code: null, stdout: NOTHING, stderr: NOTHING, timedOut };
    const { code, signal, stdout, stderr } = output;
    return { code: timedOut || signal ? null : code, stdout, stderr, timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", end);
    running.delete(end);
  }
}

function killAlone(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** How long a command that was killed may take to be gone. Milliseconds. */
const KILLED_WITHIN = 1_000;
const NOTHING = new Uint8Array(0);

const running = new Set<() => void>();

/** Ends every command that runs at present: whoever waits for one no longer wants to know. */
export function endRunningCommands(): void {
  for (const end of running) end();
}

/** Writes all of it and closes. A reader that goes away early is its own affair: its exit status tells. */
export async function feed(stdin: WritableStream<Uint8Array>, data: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}
