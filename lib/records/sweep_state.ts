import * as path from "node:path";
import { isLocked } from "../process/file_lock.ts";
import { sweepTickets } from "../process/tickets.ts";
import { locksFolder } from "./folders.ts";
import { FRESH, isLive, LIVE, OWNER, RUN_FOLDER, scratchFolder } from "./live_runs.ts";
import { aboutRun, FRESH as FRESH_RUN, OLD, removeWhole } from "./run_folder.ts";
import { isRunId } from "./run_id.ts";

/** Runs that have a scratch folder. */
export interface KnownRuns {
  readonly live: ReadonlySet<string>;
  /** Their process was killed, and they are not swept away yet. */
  readonly dead: ReadonlySet<string>;
}

export async function knownRuns(state: string): Promise<KnownRuns> {
  const [live, dead] = [new Set<string>(), new Set<string>()];
  for (const name of await namesIn(path.join(state, LIVE))) {
    if (!isRunId(name)) continue;
    const isHeld = isLocked(path.join(scratchFolder(state, name), OWNER)) || await isLive(state, name);
    (isHeld ? live : dead).add(name);
  }
  return { live, dead };
}

/** How old something must be that nobody holds, to be taken for left behind: it is locked a moment after it is made. Milliseconds. */
const LEFT_BEHIND = 3_600_000;

/**
 * Sweeps away what killed processes left in the state folder. While other runs go on, it is kept that a dead run was one: its
 * directory may have appeared in a tree that they watch.
 *
 * @param own the run that sweeps
 */
export async function sweepState(state: string, own: string): Promise<void> {
  sweepTickets(locksFolder(state), LEFT_BEHIND);
  const folder = path.join(state, LIVE);
  // A link in its place would make this sweep elsewhere.
  if (await Deno.realPath(folder).catch(() => undefined) !== folder) return;
  const { live, dead } = await knownRuns(state);
  const isAlone = [...live].every((runId) => runId === own);
  for (const runId of dead) {
    const scratch = scratchFolder(state, runId);
    const swept = isAlone
      ? [scratch]
      : (await namesIn(scratch)).filter((name) => name !== OWNER && name !== RUN_FOLDER)
        .map((name) => path.join(scratch, name));
    for (const each of swept) await removeQuietly(each);
  }
  for (const name of await namesIn(folder)) {
    const fresh = path.join(folder, name);
    if (!name.startsWith(FRESH)) continue;
    const { mtime = null } = await Deno.lstat(fresh).catch(() => ({ mtime: null }));
    // To ask for a lock is to hold it for a moment: of one that is made just now its process would not get it.
    const isOld = mtime !== null && Date.now() - mtime.getTime() > LEFT_BEHIND;
    if (isOld && !isLocked(path.join(fresh, OWNER))) await removeQuietly(fresh);
  }
}

/** Takes away what killed runs left half made beside the run directories. */
export async function sweepRunsFolder(runs: string, state: string): Promise<void> {
  const left = (await namesIn(runs)).filter((name) => aboutRun(name) !== undefined);
  if (left.length === 0) return;
  const { dead } = await knownRuns(state);
  for (const name of left) {
    const runId = aboutRun(name) ?? "";
    if (!dead.has(runId)) continue;
    // Killed between the two halves of making a run directory anew: what took the old one's place is put there.
    const isNeeded = name === `${FRESH_RUN}${runId}` && left.includes(`${OLD}${runId}`);
    if (isNeeded) await Deno.rename(path.join(runs, name), path.join(runs, runId)).catch(() => {});
    await removeQuietly(path.join(runs, name));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    // There is none.
  }
  return names;
}

async function removeQuietly(file: string): Promise<void> {
  await removeWhole(file).catch(() => {});
}
