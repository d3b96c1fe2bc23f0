import { scratchFolder } from "./live_runs.ts";
import { runIds } from "./read_runs.ts";
import { newRunId, type RunMode, startOfRun } from "./run_id.ts";
import { sealFile } from "./seal.ts";
import { isThere } from "../base/is_there.ts";

/** So many folders with later names are looked at. A worker can have made any number of them. */
const MOST_LOOKED_AT = 1_000;

/**
 * An id for a new run that sorts behind those of the runs before it. Mostly it tells the moment; after the clock was set back
 * it is a millisecond later than the last one, or `last` would go on meaning that.
 */
export async function nextRunId(
  { mode, objective, now }: { readonly mode: RunMode; readonly objective: string; readonly now: Date },
  { runs, state }: { readonly runs: string; readonly state: string },
): Promise<string> {
  const later = (await runIds(runs).catch(() => [])).slice(0, MOST_LOOKED_AT).filter((id) =>
    startOfRun(id) >= now && startOfRun(id).getUTCFullYear() < 9_999
  );
  // A folder of which nothing is known outside of the repository was put there by somebody else.
  const last = later.find((id) => isKnown(state, id));
  const moment = last === undefined ? now : new Date(startOfRun(last).getTime() + 1);
  return newRunId(mode, objective, moment);
}

function isKnown(state: string, runId: string): boolean {
  return [sealFile(state, runId), scratchFolder(state, runId)].some(isThere);
}
