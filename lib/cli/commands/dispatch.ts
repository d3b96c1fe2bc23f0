import type { CliContext } from "../context.ts";
import { detach, tellCaller } from "../detach.ts";
import { dispatchContext } from "../dispatch_context.ts";
import type { DispatchFlags } from "../dispatch_flags.ts";
import { readDispatchOptions } from "../dispatch_options.ts";
import { showProblems } from "../error_report.ts";
import { listenForSignals } from "../interruption.ts";
import { loadPacket, MOST_PACKET_BYTES } from "../load_packet.ts";
import { isCallersOwn, readPacketBytes } from "../packet_bytes.ts";
import { DispatchError } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** `codex-dispatch --task PACKET`, `codex-dispatch dispatch PACKET`. */
export async function dispatchCommand(
  file: string,
  flags: DispatchFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (flags.detach && !context.detached) {
    const stdin = isCallersOwn(file) ? await readPacketBytes(file, context, MOST_PACKET_BYTES) : undefined;
    return await detach(context, { what: "run", flags, stdin });
  }
  const options = readDispatchOptions(flags, context);
  // Loaded while git is asked about the place, and not at all for a packet that is refused.
  const onSoundText = (): void => void import("../../dispatch/dispatch.ts").catch(() => {});
  const { packet, problems, warnings } = await loadPacket(file, context, { ...options, onSoundText });
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
      if (progress.kind === "run") tellCaller(context, { ...progress, id: progress.runId });
      display.report(progress);
    },
    detached: context.detached !== undefined,
  }).finally(() => display[Symbol.dispose]());
  return printOutcome(conclusion, flags, context);
}
