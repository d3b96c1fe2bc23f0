import * as path from "node:path";
import type { CliContext } from "../context.ts";
import { resolvePath } from "../dispatch_options.ts";
import { readLimit } from "../limits.ts";
import { eventText } from "../progress.ts";
import { EventReader } from "../../codex/events.ts";
import { openStateFolder, RECORDS_FOLDER, runsFolder } from "../../records/folders.ts";
import { isLive } from "../../records/live_runs.ts";
import { findRun, readRun, runIds, type StoredRun } from "../../records/read_runs.ts";
import { ARTIFACTS } from "../../records/run_record.ts";
import { revertRun, verifyRun } from "../../dispatch/revert_run.ts";
import { badInput, DispatchError } from "../../base/errors.ts";
import { showDuration } from "../../base/durations.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

interface PlaceFlags {
  readonly workdir?: string;
  readonly outputDir?: string;
}

/** `runs list`: a line each, the last first. */
export async function runsList(
  flags: PlaceFlags & { readonly limit: string; readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { environment } = context;
  const limit = readLimit({ flag: flags.limit, flagName: "--limit", environment, fallback: 20 }) ?? Infinity;
  const runs = await runsOf(flags, context);
  const rows = [];
  for (const id of (await runIds(runs)).slice(0, limit)) {
    rows.push(await row(await readRun(path.join(runs, id)), context));
  }
  if (flags.json) context.stdout(`${JSON.stringify({ runs: rows }, null, 2)}\n`);
  else if (rows.length === 0) context.stderr(`codex-dispatch: there are no runs in "${runs}"\n`);
  else context.stdout(rows.map((each) => `${columns(each)}\n`).join(""));
  return EXIT.accepted;
}

/** `runs show`: result.md, or both documents. */
export async function runsShow(
  meant: string,
  flags: PlaceFlags & { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const run = await findRun(await runsOf(flags, context), meant);
  const { status } = await row(run, context);
  if (flags.json) {
    const { policy = null, result = null } = run;
    context.stdout(
      `${JSON.stringify({ run_id: run.id, run_dir: run.folder, status, policy, result }, null, 2)}\n`,
    );
    return EXIT.accepted;
  }
  if (status === "running") context.stderr("codex-dispatch: this run has not ended yet\n");
  context.stdout(forTerminal(await readArtifact(run, ARTIFACTS.resultText)));
  return EXIT.accepted;
}

/** How often a growing file is looked at. Milliseconds. */
const TAIL_INTERVAL = 150;

/** `runs tail`: the events of a run from its beginning, and on until it ends. */
export async function runsTail(
  meant: string,
  flags: PlaceFlags & { readonly raw?: true },
  context: CliContext,
): Promise<ExitCode> {
  const run = await findRun(await runsOf(flags, context), meant);
  const state = await stateOf(run, context);
  const reader = new EventReader((event) => context.stdout(`${eventText(event)}\n`));
  const decoder = new TextDecoder();
  let stopped = false;
  using _signals = context.onSignal(() => stopped = true);
  for (let at = 0; !stopped;) {
    // Asked before the read: what was written until then is read below, and nothing comes after it.
    const live = await isLive(state, run.id);
    at = await readFrom(path.join(run.folder, ARTIFACTS.events), at, (bytes) => {
      if (flags.raw) context.stdout(decoder.decode(bytes, { stream: true }));
      else reader.push(bytes);
    });
    if (!live) break;
    await new Promise((resolve) => setTimeout(resolve, TAIL_INTERVAL));
  }
  if (!flags.raw) reader.finish();
  return EXIT.accepted;
}

/** `runs verify`: whether a run directory is as its run left it. */
export async function runsVerify(meant: string, flags: PlaceFlags, context: CliContext): Promise<ExitCode> {
  const run = await findRun(await runsOf(flags, context), meant);
  const broken = await verifyRun(run, await stateOf(run, context));
  if (broken.length === 0) {
    context.stdout(`${run.id}: ok\n`);
    return EXIT.accepted;
  }
  const problems = broken.map((what) => ({
    code: "run-tampered",
    message: `In "${run.folder}", ${what} since the run.`,
  }));
  throw new DispatchError(EXIT.violation, problems);
}

/** `runs revert`: takes a run's changes back, and names what stays. */
export async function runsRevert(meant: string, flags: PlaceFlags, context: CliContext): Promise<ExitCode> {
  const run = await findRun(await runsOf(flags, context), meant);
  const { environment } = context;
  const { paths, left } = await revertRun(run, { state: await stateOf(run, context), environment });
  context.stdout(paths.map((each) => `${each}\n`).join(""));
  const stays = left.map((each) => `  ${each}\n`).join("");
  if (stays !== "") context.stderr(`codex-dispatch: not in the patch, and left as it is:\n${stays}`);
  return EXIT.accepted;
}

interface Row {
  readonly id: string;
  readonly status: string;
  readonly verdict: string | null;
  readonly exit_code: number | null;
  readonly started_at: string | null;
  readonly duration_ms: number | null;
  readonly run_dir: string;
}

async function row(run: StoredRun, context: CliContext): Promise<Row> {
  const { policy, result } = run;
  // Both documents or neither: one that is missing or wrong is a run that nobody can vouch for.
  const status = policy && result ? result.status : "unreadable";
  const live = (status === "interrupted" || status === "unreadable") &&
    await isLive(await stateOf(run, context), run.id);
  return {
    id: run.id,
    status: live ? "running" : status,
    verdict: result?.answer?.verdict ?? null,
    exit_code: live ? null : result?.exit_code ?? null,
    started_at: result?.started_at ?? null,
    duration_ms: live ? null : result?.duration_ms ?? null,
    run_dir: run.folder,
  };
}

function columns({ id, status, verdict, duration_ms: duration }: Row): string {
  const shownVerdict = verdict === null || verdict === "none" ? "" : verdict;
  const took = duration === null ? "" : showDuration(duration);
  return `${status.padEnd(11)}  ${shownVerdict.padEnd(12)}  ${took.padStart(12)}  ${id}`.trimEnd();
}

/** The folder of the runs: as flagged, else that of the current folder or the nearest above that has one. */
async function runsOf(flags: PlaceFlags, context: CliContext): Promise<string> {
  if (flags.outputDir !== undefined) return resolvePath(flags.outputDir, context);
  if (flags.workdir !== undefined) return runsFolder(resolvePath(flags.workdir, context));
  for (let folder = context.cwd;; folder = path.dirname(folder)) {
    const info = await Deno.lstat(runsFolder(folder)).catch(() => undefined);
    if (info?.isDirectory) return runsFolder(folder);
    if (path.dirname(folder) === folder) break;
  }
  throw badInput(
    "no-runs",
    `Neither "${context.cwd}" nor a folder above it holds ${RECORDS_FOLDER}/runs. Name one with --workdir or --output-dir.`,
  );
}

async function stateOf(run: StoredRun, context: CliContext): Promise<string> {
  return await openStateFolder(run.policy?.repository ?? run.folder, context.environment);
}

async function readArtifact(run: StoredRun, name: string): Promise<string> {
  try {
    return await Deno.readTextFile(path.join(run.folder, name));
  } catch (error) {
    throw badInput("artifact-unreadable", `"${path.join(run.folder, name)}" cannot be read.`, {
      cause: error,
    });
  }
}

/** What Codex wrote may hold escape sequences: they are shown, not obeyed. */
function forTerminal(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\uFFFD");
}

async function readFrom(file: string, at: number, take: (bytes: Uint8Array) => void): Promise<number> {
  try {
    using source = await Deno.open(file, { read: true });
    await source.seek(at, Deno.SeekMode.Start);
    const buffer = new Uint8Array(64 * 1024);
    for (let count = await source.read(buffer); count !== null; count = await source.read(buffer)) {
      take(buffer.subarray(0, count));
      at += count;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return at;
}
