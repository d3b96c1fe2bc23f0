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
 * Runs a command that is known to be short, such as git, and collects its output. It never waits beyond its deadline.
 *
 * @throws Deno.errors.NotFound if there is no such program
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    clearEnv: true,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    // Ctrl-C in a terminal goes to everybody in the group of the terminal: what to do about it is decided in one place.
    detached: true,
  }).spawn();
  running.add(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill(child);
  }, options.deadline);
  const onAbort = (): void => kill(child);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    const fed = options.stdin === undefined ? undefined : feed(child.stdin, options.stdin);
    const [output] = await Promise.all([child.output(), fed]);
    return { code: timedOut || output.signal ? null : output.code, ...pick(output), timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    running.delete(child);
  }
}

const running = new Set<Deno.ChildProcess>();

/** Ends every command that runs at present: whoever waits for one no longer wants to know. */
export function endRunningCommands(): void {
  for (const child of running) kill(child);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
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

function pick(output: Deno.CommandOutput): { stdout: Uint8Array; stderr: Uint8Array } {
  return { stdout: output.stdout, stderr: output.stderr };
}
