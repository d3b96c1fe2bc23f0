import * as path from "node:path";
import { isLocked } from "../process/file_lock.ts";
import { isLive, LIVE, OWNER } from "../records/live_runs.ts";
import { isPipelineId } from "../records/pipeline_folders.ts";
import { removeTree } from "./tree/remove_tree.ts";

/**
 * Removes the scratch folders, checkouts among them, of pipelines whose process was killed: nobody else does. Returns what could
 * not be removed, with the reason.
 */
export async function sweepScratch(
  state: string,
  environment: Readonly<Record<string, string>>,
): Promise<string[]> {
  const live = path.join(state, LIVE);
  // A link in its place would make this sweep elsewhere.
  if (await Deno.realPath(live).catch(() => undefined) !== live) return [];
  const names = await Array.fromAsync(Deno.readDir(live), ({ name }) => name).catch((): string[] => []);
  const left: string[] = [];
  for (const id of names.filter(isPipelineId)) {
    const folder = path.join(live, id);
    if (isLocked(path.join(folder, OWNER)) || await isLive(state, id)) continue;
    const why = await removeTree(folder, environment);
    if (why !== undefined) left.push(`"${folder}": ${why}`);
  }
  return left;
}
