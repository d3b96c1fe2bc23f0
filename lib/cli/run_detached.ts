import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { type DetachedReport, renderReport } from "./detached_report.ts";
import type { ExitCode } from "../base/exit_codes.ts";

/**
 * Runs a command line in the process that {@link startDetached} made. What it prints goes to the one that started it, until a
 * run has its directory; from then on to the run's log, for the caller is gone. A run of which nobody can be told any more
 * ends as by SIGTERM.
 *
 * @param args process id of the one that started it, and the command line
 */
export async function runDetached(
  [starter, ...args]: readonly string[],
  { context, main }: {
    readonly context: CliContext;
    readonly main: (context: CliContext) => Promise<ExitCode>;
  },
): Promise<ExitCode> {
  let log: Deno.FsFile | undefined;
  let caller = true;
  const tell = (report: DetachedReport): void => context.stdout(renderReport(report));
  const stderr = (text: string): void => {
    if (caller) tell({ kind: "stderr", text });
    else if (log) append(log, text);
  };
  const exit = await main({
    ...context,
    args,
    columns: () => undefined,
    stdout: (text) => {
      if (caller) tell({ kind: "stdout", text });
    },
    stderr,
    draw: () => {},
    detached: (run) => {
      log = openLog(run.log);
      const isAlone = String(Deno.ppid) !== starter;
      tell({ kind: "run", ...run });
      caller = false;
      if (!isAlone) return;
      stderr("codex-dispatch: whoever started this run was gone before it could be told of it\n");
      Deno.kill(Deno.pid, "SIGTERM");
    },
  });
  log?.close();
  return exit;
}

function openLog(file: string): Deno.FsFile | undefined {
  try {
    Deno.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return Deno.openSync(file, { write: true, createNew: true, mode: 0o600 });
  } catch {
    // The run is worth more than its log.
    return undefined;
  }
}

function append(log: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += log.writeSync(bytes.subarray(written));
  } catch {
    // A full disk.
  }
}
