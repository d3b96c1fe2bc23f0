import type { CliContext, DetachedRun } from "./context.ts";
import type { DispatchFlags } from "./dispatch_flags.ts";
import { logFile } from "../records/run_log.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import { renderJson } from "../base/render_json.ts";

/** Has another process do it, and ends as soon as there is a directory to tell of. */
export async function detach(
  context: CliContext,
  { what, flags, stdin }: {
    readonly what: "run" | "pipeline";
    readonly flags: DispatchFlags;
    /** What the caller was given on standard input, if the command reads it. */
    readonly stdin?: Uint8Array | undefined;
  },
): Promise<ExitCode> {
  const { startDetached } = await import("./start_detached.ts");
  return await startDetached(context, {
    stdin,
    announce: (run) => {
      if (!flags.quiet) {
        context.stderr(
          `codex-dispatch: the ${what} goes on by itself. To wait for its end: codex-dispatch runs wait "${run.runDir}"\n`,
        );
      }
      context.stdout(flags.json ? renderJson(documentOf(run, what)) : `${run.runDir}\n`);
    },
  });
}

/** In that process: tells whoever started it of the directory. */
export function tellCaller(
  { detached }: CliContext,
  { id, folder, state }: { readonly id: string; readonly folder: string; readonly state: string },
): void {
  detached?.({ runId: id, runDir: folder, log: logFile(state, id) });
}

function documentOf({ runId, runDir, log }: DetachedRun, what: "run" | "pipeline"): Record<string, string> {
  return what === "run" ? { run_id: runId, run_dir: runDir, log } : { id: runId, pipeline_dir: runDir, log };
}
