import type { CliContext } from "../context.ts";
import type { DispatchFlags } from "../dispatch_flags.ts";
import { readDispatchOptions } from "../dispatch_options.ts";
import { showProblems } from "../error_report.ts";
import { loadPacket } from "../load_packet.ts";
import { DispatchError } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** `codex-dispatch --task PACKET`, `codex-dispatch dispatch PACKET`. */
export async function dispatchCommand(
  file: string,
  flags: DispatchFlags,
  context: CliContext,
): Promise<ExitCode> {
  const options = readDispatchOptions(flags, context);
  const { packet, problems, warnings } = await loadPacket(file, context, options);
  if (warnings.length > 0) context.stderr(showProblems("warning", warnings));
  if (!packet) throw new DispatchError(EXIT.badInput, problems);

  const [{ dispatch }, { progressDisplay }] = await Promise.all([
    import("../../dispatch/dispatch.ts"),
    import("../progress.ts"),
  ]);
  const interrupt = new AbortController();
  using _signals = context.onSignal((signal) => interrupt.abort(signal));
  const display = progressDisplay(context, flags.quiet ?? false);
  const conclusion = await dispatch(packet, options, {
    environment: context.environment,
    now: context.now,
    interrupt: interrupt.signal,
    report: display.report,
  }).finally(() => display[Symbol.dispose]());
  const { policy, result } = conclusion;
  if (!flags.quiet) context.stderr(closingLines(conclusion));
  context.stdout(
    flags.json
      ? `${JSON.stringify({ ...result, run_dir: policy.run_dir }, null, 2)}\n`
      : `${policy.run_dir}\n`,
  );
  return policy.exit_code as ExitCode;
}

const MOST_LINES = 20;

function closingLines(
  { policy, result }: {
    policy: import("../../records/policy.ts").Policy;
    result: import("../../records/result.ts").Result;
  },
): string {
  const findings = policy.violations.map(({ kind, detail }) => `  ${kind}: ${detail}\n`);
  const shown = findings.slice(0, MOST_LINES).join("");
  const rest = findings.length > MOST_LINES
    ? `  and ${findings.length - MOST_LINES} more, in policy.json\n`
    : "";
  const messages = policy.messages.map((message) => `  ${message}\n`).join("");
  return `codex-dispatch: ${result.status} (exit ${policy.exit_code})\n${shown}${rest}${messages}`;
}
