import type { CliContext } from "./context.ts";
import { stateOf } from "./meant_run.ts";
import { isLive } from "../records/live_runs.ts";
import { type Decision, readReview } from "../records/review.ts";
import type { StoredRun } from "../records/read_runs.ts";
import { showDuration } from "../base/durations.ts";

/** A run in a list of runs. */
export interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly verdict: string | null;
  readonly exit_code: number | null;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
  /** What whoever ordered the run says of it. */
  readonly review: Decision["decision"] | null;
  readonly run_dir: string;
}

/** What a list says of a run. One that goes on says `running`, whatever its documents say. */
export async function runRow(run: StoredRun, context: CliContext): Promise<RunRow> {
  const { policy, result } = run;
  // Both documents or neither: one that is missing or wrong is a run that nobody can vouch for.
  const status = policy && result ? result.status : "unreadable";
  const state = await stateOf(run, context);
  const live = (status === "interrupted" || status === "unreadable") && await isLive(state, run.id);
  return {
    id: run.id,
    status: live ? "running" : status,
    verdict: result?.answer?.verdict ?? null,
    exit_code: live ? null : result?.exit_code ?? null,
    started_at: result?.started_at ?? null,
    duration_ms: live ? null : result?.duration_ms ?? null,
    review: (await readReview(state, run.id))?.decision ?? null,
    run_dir: run.folder,
  };
}

/** A run in one line. */
export function runLine({ id, status, verdict, duration_ms: duration, review }: RunRow): string {
  const shownVerdict = verdict === null || verdict === "none" ? "" : verdict;
  const took = duration === null ? "" : showDuration(duration);
  return `${status.padEnd(11)}  ${shownVerdict.padEnd(12)}  ${took.padStart(12)}  ${
    (review ?? "").padEnd(6)
  }  ${id}`;
}
