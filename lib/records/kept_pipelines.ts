import * as path from "node:path";
import * as z from "zod/mini";
import { isLive, scratchFolder } from "./live_runs.ts";
import { isPipelineId, keptFolderOf, PIPELINE_STATE, pipelinesFolder } from "./pipeline_folders.ts";
import { markPruned } from "./pruned.ts";
import { folderBytes } from "./remove_run.ts";
import { logFile } from "./run_log.ts";

/** Of a pipeline's state what pruning asks. */
const KeptSchema = z.looseObject({
  status: z.string(),
  attempts: z.array(z.looseObject({ run_dir: z.nullable(z.string()) })),
});

/** A pipeline of a WORKDIR, with the runs of its stages. */
export interface KeptPipeline {
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
  /** It goes on, or may be taken up again: its runs are needed. */
  readonly open: boolean;
  readonly runDirs: readonly string[];
}

const OPEN = new Set(["running", "waiting", "interrupted"]);

/** The pipelines of a WORKDIR that this machine knows of. */
export async function keptPipelines(workdir: string, state: string): Promise<KeptPipeline[]> {
  const folder = pipelinesFolder(workdir);
  const found: KeptPipeline[] = [];
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isDirectory } of entries) {
    if (!isDirectory || !isPipelineId(name)) continue;
    const kept = await readKept(path.join(keptFolderOf(state, name), PIPELINE_STATE));
    if (!kept) continue;
    found.push({
      id: name,
      folder: path.join(folder, name),
      bytes: await folderBytes(path.join(folder, name)) + await folderBytes(keptFolderOf(state, name)),
      open: OPEN.has(kept.status) || await isLive(state, name),
      runDirs: kept.attempts.flatMap(({ run_dir: runDir }) => runDir === null ? [] : [runDir]),
    });
  }
  return found;
}

/**
 * Takes a pipeline away, and what is kept of it.
 *
 * @throws what the file system says
 */
export async function removePipeline({ id, folder }: KeptPipeline, state: string): Promise<void> {
  await markPruned(folder, state);
  await Deno.remove(folder, { recursive: true });
  for (const each of [keptFolderOf(state, id), scratchFolder(state, id), logFile(state, id)]) {
    await Deno.remove(each, { recursive: true }).catch(() => {});
  }
}

async function readKept(file: string): Promise<z.infer<typeof KeptSchema> | undefined> {
  try {
    return KeptSchema.parse(JSON.parse(await Deno.readTextFile(file)));
  } catch {
    return undefined;
  }
}
