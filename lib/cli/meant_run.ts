import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import { openStateFolder, RECORDS_FOLDER, runsFolder } from "../records/folders.ts";
import { findRun, type StoredRun } from "../records/read_runs.ts";
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
 * The run that a command line means: by its id, a part of it, `last`, or the path of its directory.
 *
 * @throws DispatchError (exit 1) if there is none, or if several fit
 */
export async function meantRun(meant: string, flags: PlaceFlags, context: CliContext): Promise<MeantRun> {
  const isPath = /[\\/]/.test(meant);
  const folder = isPath ? path.resolve(resolvePath(meant, context)) : "";
  const run = isPath
    ? await findRun(path.dirname(folder), path.basename(folder))
    : await findRun(await runsOf(flags, context), meant);
  return { run, state: await stateOf(run, context) };
}

/** The folder of the runs: as flagged, else that of the current folder or the nearest above that has one. */
export async function runsOf(flags: PlaceFlags, context: CliContext): Promise<string> {
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

/** The state folder that knows of a run. */
export async function stateOf(run: StoredRun, context: CliContext): Promise<string> {
  return await openStateFolder(run.policy?.repository ?? run.folder, context.environment);
}
