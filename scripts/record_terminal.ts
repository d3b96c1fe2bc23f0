import xterm from "@xterm/headless";

/** What a terminal showed, from a command's start to its end. */
export interface Recording {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly lines: readonly RecordedLine[];
}

/** One line of all that there is to scroll back to. */
export interface RecordedLine {
  /** What stood there, one after the other; the last of them stays. */
  readonly versions: readonly { readonly from: number; readonly text: string }[];
}

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What is drawn more often than this nobody sees. Milliseconds. */
const FRAME = 100;

const DEADLINE = 120_000;

/**
 * Runs a shell command on a terminal of its own and records what the terminal shows. Takes `script` of util-linux, and so
 * Linux.
 *
 * @throws Error if the command does not end with 0
 */
export async function recordTerminal(command: string, options: TerminalOptions): Promise<Recording> {
  const { columns, rows, env, cwd } = options;
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const recorder = new Recorder(terminal);
  const script = `stty cols ${columns} rows ${rows} && ${command}`;
  const child = new Deno.Command("script", {
    args: ["--quiet", "--return", "--flush", "--command", script, "/dev/null"],
    cwd,
    env: { ...env, TERM: "xterm-256color" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(DEADLINE),
  }).spawn();
  for await (const chunk of child.stdout) {
    await new Promise<void>((resolve) => terminal.write(chunk, resolve));
    recorder.look();
  }
  const { code } = await child.status;
  if (code !== 0) throw new Error(`"${command}" ended with ${code} on the terminal.`);
  return { columns, rows, ...recorder.finish() };
}

class Recorder {
  readonly #terminal: xterm.Terminal;
  readonly #started = performance.now();
  readonly #lines: { from: number; text: string }[][] = [];
  #seen = -Infinity;

  constructor(terminal: xterm.Terminal) {
    this.#terminal = terminal;
  }

  look(): void {
    const now = performance.now() - this.#started;
    if (now - this.#seen >= FRAME) this.#take(now);
  }

  finish(): Pick<Recording, "duration" | "lines"> {
    const duration = Math.round(performance.now() - this.#started);
    this.#take(duration);
    while (this.#lines.length > 0 && this.#lines.at(-1)?.at(-1)?.text === "") this.#lines.pop();
    return { duration, lines: this.#lines.map((versions) => ({ versions })) };
  }

  #take(now: number): void {
    this.#seen = now;
    const { active } = this.#terminal.buffer;
    for (let at = 0; at < active.length; at++) {
      const text = active.getLine(at)?.translateToString(true) ?? "";
      const versions = this.#lines[at] ??= [];
      if ((versions.at(-1)?.text ?? "") !== text) versions.push({ from: Math.round(now), text });
    }
  }
}
