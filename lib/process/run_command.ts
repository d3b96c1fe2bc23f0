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
  }).spawn();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.deadline);
  try {
    const fed = options.stdin === undefined ? undefined : feed(child.stdin, options.stdin);
    const [output] = await Promise.all([child.output(), fed]);
    return { code: timedOut || output.signal ? null : output.code, ...pick(output), timedOut };
  } finally {
    clearTimeout(timer);
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
