import { type CliContext, DETACHED_COMMAND, type DetachedRun } from "./context.ts";
import { readReport } from "./detached_report.ts";
import { keepDescriptors } from "../process/keep_descriptors.ts";
import { feed } from "../process/run_command.ts";
import { EXIT, type ExitCode } from "../base/exit_codes.ts";
import { exitOfSignal, type StopSignal } from "../base/stop_signal.ts";

/** How long a run may take until it has its directory: the quota is asked for meanwhile. Milliseconds. */
const DEADLINE = 120_000;

/**
 * Starts this same command line once more, as a process with a session of its own and no stream of the caller's, and passes
 * on what it says until its run has a directory. A command line that is refused before that ends here as it would without
 * `--detach`.
 *
 * @param stdin what the caller was given on standard input, if the command reads it
 */
export async function startDetached(
  context: CliContext,
  { stdin, announce }: {
    readonly stdin: Uint8Array | undefined;
    readonly announce: (run: DetachedRun) => void;
  },
): Promise<ExitCode> {
  keepDescriptors();
  const [program = "", ...before] = context.self;
  const child = new Deno.Command(program, {
    args: [...before, DETACHED_COMMAND, String(Deno.pid), ...context.args],
    cwd: context.cwd,
    env: { ...context.environment },
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "null",
    // setsid: neither the end of the caller's session nor a closed terminal reaches it.
    detached: true,
  }).spawn();
  let stopped: StopSignal | undefined;
  using _signals = context.onSignal((signal) => {
    stopped ??= signal;
    end(child, signal);
  });
  const timer = setTimeout(() => end(child, "SIGTERM"), DEADLINE);
  try {
    const fed = stdin === undefined ? undefined : feed(child.stdin, stdin);
    let said = false;
    for await (const line of linesOf(child.stdout)) {
      const report = readReport(line);
      if (report.kind === "run") {
        await fed;
        announce(report);
        child.unref();
        // It has its directory, and ends by the signal that it was handed on.
        return stopped === undefined ? EXIT.accepted : exitOfSignal(stopped);
      }
      said = true;
      context[report.kind](report.text);
    }
    const { code, signal } = await child.status;
    // What it had to say it would have said before it ended by itself.
    if (said && signal === null) return code as ExitCode;
    throw new Error(
      `the detached process ended ${signal ? `by ${signal}` : `with status ${code}`} without a word`,
    );
  } finally {
    clearTimeout(timer);
  }
}

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
