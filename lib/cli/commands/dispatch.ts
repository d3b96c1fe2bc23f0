import type { CliContext } from "../context.ts";
import { dispatchContext } from "../dispatch_context.ts";
import type { DispatchFlags } from "../dispatch_flags.ts";
import { readDispatchOptions } from "../dispatch_options.ts";
import { showProblems } from "../error_report.ts";
import { listenForSignals } from "../interruption.ts";
import { loadPacket } from "../load_packet.ts";
import type { Progress } from "../../dispatch/context.ts";
import { logFile } from "../../records/run_log.ts";
import { DispatchError } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** `codex-dispatch --task PACKET`, `codex-dispatch dispatch PACKET`. */
export async function dispatchCommand(
  file: string,
  flags: DispatchFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (flags.detach && !context.detached) return await dispatchDetached(file, flags, context);
  const options = readDispatchOptions(flags, context);
  const { packet, problems, warnings } = await loadPacket(file, context, options);
  if (warnings.length > 0) context.stderr(showProblems("warning", warnings));
  if (!packet) throw new DispatchError(EXIT.badInput, problems);

  const [{ dispatch }, { progressDisplay }, { printOutcome }] = await Promise.all([
    import("../../dispatch/dispatch.ts"),
    import("../progress.ts"),
    import("../outcome.ts"),
  ]);
  using interruption = listenForSignals(context);
  const display = progressDisplay(context, flags.quiet ?? false);
  const conclusion = await dispatch(packet, options, {
    ...dispatchContext(context, interruption),
    report: (progress) => {
      if (progress.kind === "run") tellCaller(progress, context);
      display.report(progress);
    },
    detached: context.detached !== undefined,
  }).finally(() => display[Symbol.dispose]());
  return printOutcome(conclusion, flags, context);
}

/** Has another process do it, and ends as soon as there is a run directory to tell of. */
async function dispatchDetached(
  file: string,
  flags: DispatchFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { startDetached } = await import("../start_detached.ts");
  return await startDetached(context, {
    stdin: file === "-" ? await context.readStdin() : undefined,
    announce: ({ runId, runDir, log }) => {
      if (!flags.quiet) {
        context.stderr(
          `codex-dispatch: the run goes on by itself. To wait for its end: codex-dispatch runs wait "${runDir}"\n`,
        );
      }
      const document = { run_id: runId, run_dir: runDir, log };
      context.stdout(flags.json ? `${JSON.stringify(document, null, 2)}\n` : `${runDir}\n`);
    },
  });
}

function tellCaller(
  { runId, folder, state }: Extract<Progress, { kind: "run" }>,
  { detached }: CliContext,
): void {
  detached?.({ runId, runDir: folder, log: logFile(state, runId) });
}
