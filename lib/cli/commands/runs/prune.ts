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
import { openStateFolder, RECORDS_FOLDER } from "../../../records/folders.ts";
import { type KeptPipeline, keptPipelines, removePipeline } from "../../../records/kept_pipelines.ts";
import { startOfRun } from "../../../records/run_id.ts";
import { badInput, messageOf } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { plural } from "../../../base/text.ts";
import { renderJson } from "../../../base/render_json.ts";
import { isThere } from "../../../base/is_there.ts";

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
  readonly live: boolean;
}

interface FoundPipeline extends KeptPipeline {
  readonly state: string;
}

/** What a prune took away, or would; and what it could not. */
interface Pruned {
  readonly runs: readonly FoundRun[];
  readonly pipelines: readonly FoundPipeline[];
  readonly left: readonly { readonly id: string; readonly folder: string; readonly why: string }[];
}

/**
 * `runs prune`: takes old runs away, and what is kept of them outside of the repository. A pipeline goes with the last of its
 * runs; the runs of one that may be taken up again stay.
 */
export async function runsPrune(flags: PruneFlags, context: CliContext): Promise<ExitCode> {
  const rules = readRules(flags);
  const runs = await realRunsOf(flags, context);
  const found: Omit<FoundRun, "needed">[] = [];
  for (const id of await runIds(runs)) found.push(await measure(path.join(runs, id), context));
  const states = new Set([
    ...found.map((run) => run.state),
    await openStateFolder(undefined, context.environment),
  ]);
  const pipelines = flags.outputDir === undefined ? await pipelinesBeside(runs, states) : [];
  const needed = new Set(pipelines.flatMap(({ open, runDirs }) => open ? runDirs : []));
  const all = found.map((run) => ({ ...run, needed: run.live || needed.has(run.folder) }));
  const going = new Set(planPrune(all, rules, context.now().getTime()));
  const pruned = await prune(all.filter(({ id }) => going.has(id)).reverse(), pipelines, flags);
  for (const state of flags.dryRun ? [] : states) {
    await forgetPruned(state, context.now());
    await forgetSessions(state, context.now());
  }
  report(all, pruned, { flags, context });
  return pruned.left.length === 0 ? EXIT.accepted : EXIT.badInput;
}

async function pipelinesBeside(runs: string, states: ReadonlySet<string>): Promise<FoundPipeline[]> {
  const workdir = path.dirname(path.dirname(runs));
  const found = await Promise.all(
    [...states].map(async (state) =>
      (await keptPipelines(workdir, state)).map((pipeline) => ({ ...pipeline, state }))
    ),
  );
  return found.flat();
}

async function prune(
  going: readonly FoundRun[],
  pipelines: readonly FoundPipeline[],
  { dryRun }: PruneFlags,
): Promise<Pruned> {
  const runs: FoundRun[] = [];
  const left: { id: string; folder: string; why: string }[] = [];
  const tryTo = async <Each extends { id: string; folder: string }>(
    each: Each,
    { remove, done }: { remove: () => Promise<void>; done: Each[] },
  ): Promise<void> => {
    const why = dryRun ? undefined : await whyItStays(each.folder, remove);
    if (why === undefined) done.push(each);
    else left.push({ id: each.id, folder: each.folder, why });
  };
  for (const run of going) await tryTo(run, { remove: () => removeRun(run.folder, run.state), done: runs });
  const gone = new Set(runs.map(({ folder }) => folder));
  const ended: FoundPipeline[] = [];
  for (const pipeline of pipelines) {
    if (pipeline.open || pipeline.runDirs.some((folder) => !gone.has(folder) && isThere(folder))) continue;
    await tryTo(pipeline, { remove: () => removePipeline(pipeline, pipeline.state), done: ended });
  }
  return { runs, pipelines: ended, left };
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

async function measure(folder: string, context: CliContext): Promise<Omit<FoundRun, "needed">> {
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

/** Undefined if it is gone. */
async function whyItStays(folder: string, remove: () => Promise<void>): Promise<string | undefined> {
  try {
    const [owner, mine] = [(await Deno.lstat(folder)).uid, Deno.uid()];
    // The state folder of another user says whether his run goes on.
    if (mine !== null && owner !== null && owner !== mine) return "it belongs to another user";
    await remove();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function report(
  found: readonly FoundRun[],
  { runs, pipelines, left }: Pruned,
  { flags, context }: { readonly flags: PruneFlags; readonly context: CliContext },
): void {
  const freed = [...runs, ...pipelines].reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = found.length - runs.length;
  for (const { folder, why } of left) context.stderr(`codex-dispatch: warning: "${folder}" stays: ${why}\n`);
  if (flags.json) {
    const document = {
      dry_run: flags.dryRun ?? false,
      removed: runs.map(({ id, folder, bytes }) => ({ id, run_dir: folder, bytes })),
      removed_pipelines: pipelines.map(({ id, folder, bytes }) => ({ id, pipeline_dir: folder, bytes })),
      freed_bytes: freed,
      kept,
      needed: found.filter(({ needed }) => needed).length,
      left: left.map(({ id, folder, why }) => ({ id, folder, why })),
    };
    context.stdout(renderJson(document));
    return;
  }
  context.stdout([...runs, ...pipelines].map(({ id }) => `${id}\n`).join(""));
  const would = flags.dryRun ? "would be " : "";
  const also = pipelines.length === 0 ? "" : ` and ${plural(pipelines.length, "pipeline")}`;
  const needed = found.filter((run) => run.needed).length;
  const why = needed === 0 ? "" : `, ${needed} of them going on or needed by a pipeline`;
  context.stderr(
    `codex-dispatch: ${plural(runs.length, "run")}${also} ${would}removed, ${
      showSize(freed)
    } ${would}freed; ` +
      `${plural(kept, "run")} kept${why}\n`,
  );
}
