import type { LastRun } from "./stop_objection.ts";
import { locateWorkTree } from "../../evidence/locate_work_tree.ts";
import { openStateFolder } from "../../records/folders.ts";
import { isLive } from "../../records/live_runs.ts";
import { readRun } from "../../records/read_runs.ts";
import { readReview } from "../../records/review.ts";
import { readSeal } from "../../records/seal.ts";
import { runOfRepository, runOfSession } from "../../records/session_runs.ts";
import type { SessionRun } from "../../records/session_run_schema.ts";
import { settle } from "../../records/settled.ts";

/** What Claude Code tells a Stop hook, as far as it is used. Source: its hooks reference. */
export interface StopInput {
  readonly sessionId: string;
  readonly cwd: string;
  /** JSON lines with the session so far. */
  readonly transcript: string | undefined;
}

/** The last run that a session dispatched; undefined if there is none, or if it was taken away. */
export async function lastRunOf(
  input: StopInput,
  environment: Readonly<Record<string, string>>,
): Promise<LastRun | undefined> {
  const place = await locateWorkTree(input.cwd, environment).catch(() => undefined);
  const repository = place?.kind === "found" ? place.root : undefined;
  const state = await openStateFolder(repository, environment);
  const note = await runOfSession(state, input.sessionId) ?? await withoutId(input, state, repository);
  if (!note || !await Deno.lstat(note.run_dir).then((info) => info.isDirectory, () => false)) {
    return undefined;
  }
  const run = await readRun(note.run_dir);
  const [live, seal, review] = [
    await isLive(state, run.id),
    await readSeal(state, run.id),
    await readReview(state, run.id),
  ];
  return { folder: run.folder, live, settled: settle(run, seal), review };
}

/** Of a session whose id no dispatch knew (Claude Code before 2.1.132): the repository's last run, if it began since. */
async function withoutId(
  { transcript }: StopInput,
  state: string,
  repository: string | undefined,
): Promise<SessionRun | undefined> {
  if (repository === undefined || transcript === undefined) return undefined;
  const note = await runOfRepository(state, repository);
  const began = await beginningOf(transcript);
  return note && began !== undefined && note.at >= began ? note : undefined;
}

/** Bytes of a transcript in which its first time is looked for. */
const HEAD = 256 * 1024;

/** When a session began, in milliseconds since 1970: the first time in its transcript. */
async function beginningOf(transcript: string): Promise<number | undefined> {
  try {
    if (!(await Deno.stat(transcript)).isFile) return undefined;
    using file = await Deno.open(transcript, { read: true });
    const buffer = new Uint8Array(HEAD);
    const count = await file.read(buffer) ?? 0;
    const [, time = ""] =
      /"timestamp"\s*:\s*"([^"]+)"/.exec(new TextDecoder().decode(buffer.subarray(0, count))) ??
        [];
    const began = Date.parse(time);
    return Number.isNaN(began) ? undefined : began;
  } catch {
    return undefined;
  }
}
