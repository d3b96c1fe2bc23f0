/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

export interface CommandPlace {
  readonly cwd: string;
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  /** The exit status that is right; 0 if left out. */
  readonly expected?: number;
}

/** No command of a benchmark takes longer. Milliseconds. */
const DEADLINE = 10 * 60_000;

/**
 * Runs a command to its end, without input, and returns its wall time in milliseconds.
 *
 * @throws Error if it ended otherwise than expected: then its time says nothing
 */
export async function runTimed(command: CommandLine, place: CommandPlace): Promise<number> {
  const [program, ...args] = command;
  const { cwd, env, expected = 0 } = place;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE);
  try {
    const started = performance.now();
    const { code, signal, stderr } = await new Deno.Command(program, {
      args,
      cwd,
      env: { ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: deadline.signal,
    }).output();
    const took = performance.now() - started;
    if (code === expected && signal === null) return took;
    const how = signal === null ? `status ${code}` : signal;
    throw new Error(
      `Ran "${command.join(" ")}" in "${cwd}": it ended with ${how} instead of status ${expected} and said: ${
        beginning(stderr)
      }`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Enough of it to see what went wrong, on one line. */
function beginning(output: Uint8Array): string {
  const text = new TextDecoder().decode(output).trim().replaceAll(/\s+/g, " ");
  return text.length <= 400 ? text || "nothing" : `${text.slice(0, 400)}…`;
}
