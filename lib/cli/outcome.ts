import type { CliContext } from "./context.ts";
import type { Policy } from "../records/policy.ts";
import type { Result } from "../records/result.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import { forLine } from "../base/for_terminal.ts";
import { renderJson } from "../base/render_json.ts";

interface Outcome {
  readonly policy: Policy;
  readonly result: Result;
}

/** Prints how a run ended, as a dispatch does and whoever waited for one. Returns the run's exit status. */
export function printOutcome(
  { policy, result }: Outcome,
  flags: { readonly json?: boolean; readonly quiet?: boolean },
  context: CliContext,
): ExitCode {
  if (!flags.quiet) context.stderr(closingLines({ policy, result }));
  context.stdout(
    flags.json ? renderJson({ ...result, run_dir: policy.run_dir }) : `${policy.run_dir}\n`,
  );
  return policy.exit_code as ExitCode;
}

const MOST_LINES = 20;

function closingLines({ policy, result }: Outcome): string {
  const findings = policy.violations.map(({ kind, detail }) => `  ${kind}: ${forLine(detail)}\n`);
  const shown = findings.slice(0, MOST_LINES).join("");
  const rest = findings.length > MOST_LINES
    ? `  and ${findings.length - MOST_LINES} more, in policy.json\n`
    : "";
  const messages = policy.messages.map((message) => `  ${message}\n`).join("");
  return `codex-dispatch: ${result.status} (exit ${policy.exit_code})\n${shown}${rest}${messages}`;
}
