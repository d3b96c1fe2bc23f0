import * as path from "node:path";
import { readAge, readSize, showSize } from "../../amounts.ts";
import type { CliContext } from "../../context.ts";
import { type PlaceFlags, runsOf, stateOf } from "../../meant_run.ts";
import { isLive } from "../../../records/live_runs.ts";
import { planPrune, type PruneRules, type RunSize } from "../../../records/prune_plan.ts";
import { forgetPruned } from "../../../records/pruned.ts";
import { readRun, runIds } from "../../../records/read_runs.ts";
import { folderBytes, removeRun, stateFiles } from "../../../records/remove_run.ts";
import { forgetSessions } from "../../../records/session_runs.ts";
import { RECORDS_FOLDER } from "../../../records/folders.ts";
import { startOfRun } from "../../../records/run_id.ts";
import { badInput, messageOf } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { plural } from "../../../base/text.ts";

interface PruneFlags extends PlaceFlags {
  readonly keep?: string;
  readonly olderThan?: string;
  readonly maxSize?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

interface FoundRun extends RunSize {
  readonly folder: string;
  readonly state: string;
}

/** `runs prune`: takes old runs away, and what is kept of them outside of the repository. */
export async function runsPrune(flags: PruneFlags, context: CliContext): Promise<ExitCode> {
  const rules = readRules(flags);
  const runs = await realRunsOf(flags, context);
  const found: FoundRun[] = [];
  for (const id of await runIds(runs)) found.push(await measure(path.join(runs, id), context));
  const byId = new Map(found.map((run) => [run.id, run]));
  const removed: FoundRun[] = [];
  const left: { run: FoundRun; why: string }[] = [];
  for (const id of planPrune(found, rules, context.now().getTime())) {
    const run = byId.get(id);
    if (!run) continue;
    const why = flags.dryRun ? undefined : await remove(run);
    if (why === undefined) removed.push(run);
    else left.push({ run, why });
  }
  for (const state of flags.dryRun ? [] : new Set(found.map((run) => run.state))) {
    await forgetPruned(state, context.now());
    await forgetSessions(state, context.now());
  }
  report({ found, removed, left }, flags, context);
  return left.length === 0 ? EXIT.accepted : EXIT.badInput;
}

function readRules({ keep, olderThan, maxSize }: PruneFlags): PruneRules {
  if (keep === undefined && olderThan === undefined && maxSize === undefined) {
    throw badInput("prune-rule", "Say what goes: --keep N, --older-than 30d or --max-size 500MB.");
  }
  if (keep !== undefined && !/^\d{1,15}$/.test(keep)) {
    throw badInput("keep", `--keep is "${keep}". It takes a whole number of runs; 0 keeps none.`);
  }
  return {
    keep: keep === undefined ? undefined : Number(keep),
    olderThan: olderThan === undefined ? undefined : readAge(olderThan, "--older-than"),
    maxBytes: maxSize === undefined ? undefined : readSize(maxSize, "--max-size"),
  };
}

/** A link on the way was put there by somebody: what lies behind it is not ours to remove. */
async function realRunsOf(flags: PlaceFlags, context: CliContext): Promise<string> {
  const runs = await runsOf(flags, context);
  const real = await Deno.realPath(runs).catch((error) => {
    throw badInput("no-runs", `There are no runs in "${runs}": ${messageOf(error)}`, { cause: error });
  });
  if (flags.outputDir !== undefined) return real;
  const workdir = await Deno.realPath(path.dirname(path.dirname(runs)));
  if (real === path.join(workdir, RECORDS_FOLDER, "runs")) return real;
  throw badInput("runs-link", `"${runs}" is reached through a symbolic link. Nothing behind it is removed.`);
}

async function measure(folder: string, context: CliContext): Promise<FoundRun> {
  const id = path.basename(folder);
  const state = await stateOf(await readRun(folder), context);
  const outside = await Promise.all(stateFiles(state, id).map(sizeOf));
  return {
    id,
    folder,
    state,
    bytes: await folderBytes(folder) + outside.reduce((sum, each) => sum + each, 0),
    startedAt: startOfRun(id).getTime(),
    live: await isLive(state, id),
  };
}

async function sizeOf(file: string): Promise<number> {
  const info = await Deno.lstat(file).catch(() => undefined);
  return info?.isDirectory ? await folderBytes(file) : info?.size ?? 0;
}

/** Why a run stays; undefined if it is gone. */
async function remove(run: FoundRun): Promise<string | undefined> {
  try {
    const [owner, mine] = [(await Deno.lstat(run.folder)).uid, Deno.uid()];
    // The state folder of another user says whether his run goes on.
    if (mine !== null && owner !== null && owner !== mine) return "it belongs to another user";
    await removeRun(run.folder, run.state);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function report(
  { found, removed, left }: {
    readonly found: readonly FoundRun[];
    readonly removed: readonly FoundRun[];
    readonly left: readonly { readonly run: FoundRun; readonly why: string }[];
  },
  flags: PruneFlags,
  context: CliContext,
): void {
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const [would, live] = [flags.dryRun ? "would be " : "", found.filter((run) => run.live).length];
  const kept = found.length - removed.length;
  for (const { run, why } of left) context.stderr(`codex-dispatch: warning: "${run.folder}" stays: ${why}\n`);
  if (flags.json) {
    const document = {
      dry_run: flags.dryRun ?? false,
      removed: removed.map(({ id, folder, bytes }) => ({ id, run_dir: folder, bytes })),
      freed_bytes: freed,
      kept,
      live,
      left: left.map(({ run, why }) => ({ id: run.id, run_dir: run.folder, why })),
    };
    context.stdout(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  context.stdout(removed.map(({ id }) => `${id}\n`).join(""));
  context.stderr(
    `codex-dispatch: ${plural(removed.length, "run")} ${would}removed, ${showSize(freed)} ${would}freed; ` +
      `${plural(kept, "run")} kept${live === 0 ? "" : `, ${live} of them going on`}\n`,
  );
}
