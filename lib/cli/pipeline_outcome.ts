import type { CliContext } from "./context.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import type { PipelineState } from "../pipeline/state.ts";
import { summarize } from "../pipeline/summary.ts";
import { showDuration } from "../base/durations.ts";
import { oneLine, showCount } from "../base/text.ts";
import { renderJson } from "../base/render_json.ts";

/** Prints what came of a pipeline: the result to standard output, and on one screen how it stopped and how to go on. */
export function printPipelineOutcome(
  { state, folder }: { readonly state: PipelineState; readonly folder: string },
  flags: { readonly json?: boolean; readonly quiet?: boolean },
  context: CliContext,
): ExitCode {
  const summary = summarize(state, folder);
  if (!flags.quiet) context.stderr(closingText(summary));
  context.stdout(flags.json ? renderJson(summary) : `${folder}\n`);
  return state.exit_code as ExitCode;
}

const MOST_REASONS = 10;

function closingText(summary: ReturnType<typeof summarize>): string {
  const { stopped_by: stop } = summary;
  const tokens = summary.tokens === null ? "tokens unknown" : `${showCount(summary.tokens)} tokens`;
  const head = `codex-dispatch: pipeline ${summary.name}: ${summary.status} (exit ${summary.exit_code}, ` +
    `${showDuration(summary.duration_ms)}, ${tokens})\n`;
  if (stop === null) return head;
  const reasons = stop.reasons.slice(0, MOST_REASONS).map(({ condition, found }) =>
    `  asked: ${oneLine(condition, 200)}\n  found: ${oneLine(found, 600)}\n`
  );
  const rest = stop.reasons.length - MOST_REASONS;
  return head +
    `  stopped${stop.stage === null ? "" : ` by "${stop.stage}"`}: ${stop.why}\n` +
    reasons.join("") +
    (rest > 0 ? `  and ${rest} more, in summary.md\n` : "") +
    (stop.run_dir === null ? "" : `  its run: ${stop.run_dir}\n`) +
    `  to go on: ${stop.next}\n`;
}
