import * as path from "node:path";
import type { CliContext } from "./context.ts";
import { resolvePath } from "./dispatch_options.ts";
import { workdirWith } from "./meant_run.ts";
import { badInput } from "../base/errors.ts";
import { packetWorld } from "../dispatch/packet_world.ts";
import { isPipelineId, keptFolderOf, pipelinesFolder } from "../records/pipeline_folders.ts";
import { fittingId } from "../records/fitting_id.ts";
import { openStateFolder, RECORDS_FOLDER } from "../records/folders.ts";

/** A pipeline that ran, or runs. */
export interface MeantPipeline {
  readonly id: string;
  readonly folder: string;
  readonly workdir: string;
  readonly repository: string;
}

/**
 * The pipeline that a command line means: by its id, a part of it, `last`, or the path of its directory.
 *
 * @throws DispatchError (exit 1) if there is none, or if several fit
 */
export async function meantPipeline(
  meant: string,
  flags: { readonly workdir?: string },
  context: CliContext,
): Promise<MeantPipeline> {
  const isPath = /[\\/]/.test(meant);
  const given = isPath ? path.resolve(resolvePath(meant, context)) : undefined;
  const workdir = given === undefined
    ? await notedWorkdir(meant, flags, context) ?? await placeOf(flags, context)
    : path.dirname(path.dirname(path.dirname(given)));
  const folder = pipelinesFolder(workdir);
  const wanted = given === undefined ? meant : path.basename(given);
  const ids = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []))
    .filter(isPipelineId).sort().reverse();
  const id = fittingId(wanted, { ids, folder, what: "pipeline" });
  const located = await packetWorld(context.environment).locate(workdir);
  if (located.kind !== "found") {
    throw badInput("pipeline-workdir", `"${workdir}" is in no git work tree any more.`);
  }
  return { id, folder: path.join(folder, id), workdir: located.workdir, repository: located.root };
}

/** Whether a command line names a pipeline rather than a run: by a whole id, or by the path of its directory. */
export function isPipelinePath(meant: string): boolean {
  const folder = path.dirname(path.resolve("/", meant));
  return isPipelineId(path.basename(meant)) &&
    (!/[\\/]/.test(meant) || path.basename(folder) === "pipelines");
}

/** The WORKDIR that the state folder knows for a whole id, where no place was named. */
async function notedWorkdir(
  meant: string,
  flags: { readonly workdir?: string },
  { environment }: CliContext,
): Promise<string | undefined> {
  if (!isPipelineId(meant) || flags.workdir !== undefined) return undefined;
  const kept = keptFolderOf(await openStateFolder(undefined, environment), meant);
  try {
    const { workdir }: { workdir?: unknown } = JSON.parse(
      await Deno.readTextFile(path.join(kept, "state.json")),
    );
    return typeof workdir === "string" ? workdir : undefined;
  } catch {
    return undefined;
  }
}

async function placeOf(flags: { readonly workdir?: string }, context: CliContext): Promise<string> {
  if (flags.workdir !== undefined) return resolvePath(flags.workdir, context);
  const workdir = await workdirWith("pipelines", context);
  if (workdir !== undefined) return workdir;
  throw badInput(
    "no-pipelines",
    `Neither "${context.cwd}" nor a folder above it holds ${RECORDS_FOLDER}/pipelines. Name one with --workdir.`,
  );
}
