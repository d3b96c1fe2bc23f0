import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import { openStateFolder, RECORDS_FOLDER, runsFolder } from "../records/folders.ts";
import { runDirOf } from "../records/live_runs.ts";
import { findRun, type StoredRun } from "../records/read_runs.ts";
import { isRunId } from "../records/run_id.ts";
import { badInput } from "../base/errors.ts";

/** Where runs are looked for, as the command line says it. */
export interface PlaceFlags {
  readonly workdir?: string;
  readonly outputDir?: string;
}

/** A run that a command is about, with the folder outside of the repository that knows of it. */
export interface MeantRun {
  readonly run: StoredRun;
  readonly state: string;
}

/**
 * The run that a command line means: by its id, a part of it, `last`, or the path of its directory. A whole id is found from
 * anywhere.
 *
 * @throws DispatchError (exit 1) if there is none, or if several fit
 */
export async function meantRun(meant: string, flags: PlaceFlags, context: CliContext): Promise<MeantRun> {
  const folder = /[\\/]/.test(meant)
    ? path.resolve(resolvePath(meant, context))
    : await notedFolder(meant, flags, context);
  const run = folder === undefined
    ? await findRun(await runsOf(flags, context), meant)
    : await findRun(path.dirname(folder), path.basename(folder));
  return { run, state: await stateOf(run, context) };
}

/** Where the state folder says that a run's directory is, for a whole id where no place was named. */
async function notedFolder(
  meant: string,
  flags: PlaceFlags,
  context: CliContext,
): Promise<string | undefined> {
  if (!isRunId(meant) || flags.workdir !== undefined || flags.outputDir !== undefined) return undefined;
  return await runDirOf(await openStateFolder(undefined, context.environment), meant);
}

/** The folder of the runs: as flagged, else that of the current folder or the nearest above that has one. */
export async function runsOf(flags: PlaceFlags, context: CliContext): Promise<string> {
  if (flags.outputDir !== undefined) return resolvePath(flags.outputDir, context);
  if (flags.workdir !== undefined) return runsFolder(resolvePath(flags.workdir, context));
  const workdir = await workdirWith("runs", context);
  if (workdir !== undefined) return runsFolder(workdir);
  throw badInput(
    "no-runs",
    `Neither "${context.cwd}" nor a folder above it holds ${RECORDS_FOLDER}/runs. Name one with --workdir or --output-dir.`,
  );
}

/** The current folder, or the nearest above it, that has such records. */
export async function workdirWith(
  records: "runs" | "pipelines",
  { cwd }: CliContext,
): Promise<string | undefined> {
  for (let folder = cwd;; folder = path.dirname(folder)) {
    const info = await Deno.lstat(path.join(folder, RECORDS_FOLDER, records)).catch(() => undefined);
    if (info?.isDirectory) return folder;
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** The state folder that knows of a run. */
export async function stateOf(run: StoredRun, context: CliContext): Promise<string> {
  return await openStateFolder(run.policy?.repository ?? run.folder, context.environment);
}
