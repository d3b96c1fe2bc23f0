import type { CliContext } from "../../context.ts";
import { readLimit } from "../../limits.ts";
import type { PlaceFlags } from "../../meant_run.ts";
import { type MeantWork, meantWork } from "../../meant_work.ts";
import { untilEnded } from "../../../records/live_runs.ts";
import { lastOfLog } from "../../../records/run_log.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { showSeconds } from "../../../base/durations.ts";
import { renderJson } from "../../../base/render_json.ts";

/** A longer timer would go off at once. Milliseconds, 24 days. */
const MOST_TIMER = 2 ** 31 - 1;

/**
 * `runs wait`: until the run ends; the exit status is its own. A time limit that passes is exit 1, which no run ends with:
 * the run goes on.
 */
export async function runsWait(
  meant: string,
  flags: PlaceFlags & { readonly timeoutSec?: string; readonly json?: true; readonly quiet?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { environment } = context;
  const limit = readLimit({
    flag: flags.timeoutSec,
    flagName: "--timeout-sec",
    environment,
    fallback: null,
  });
  const work = await meantWork(meant, flags, context);
  const stop = new AbortController();
  using _signals = context.onSignal((signal) => stop.abort(signal));
  const timer = limit === null
    ? undefined
    : setTimeout(() => stop.abort("timeout"), Math.min(limit * 1000, MOST_TIMER));
  const ended = await untilEnded(work.state, work.id, stop.signal);
  clearTimeout(timer);
  if (ended) return await work.printSettled(flags);
  if (stop.signal.reason === "SIGINT") return EXIT.sigint;
  if (stop.signal.reason === "SIGTERM") return EXIT.sigterm;
  await sayGoesOn(work, { ...flags, seconds: limit ?? 0 }, context);
  return EXIT.badInput;
}

async function sayGoesOn(
  { what, id, folder, state }: MeantWork,
  flags: { readonly json?: true; readonly seconds: number },
  context: CliContext,
): Promise<void> {
  const last = await lastOfLog(state, id);
  context.stderr(
    `codex-dispatch: not ended within ${showSeconds(flags.seconds * 1000)}; the ${what} goes on. ` +
      `Wait again: codex-dispatch runs wait "${folder}"\n${last === undefined ? "" : `last: ${last}\n`}`,
  );
  if (!flags.json) return;
  const named = what === "run" ? { run_id: id, run_dir: folder } : { id, pipeline_dir: folder };
  const document = { ...named, status: "running", exit_code: null };
  context.stdout(renderJson(document));
}
