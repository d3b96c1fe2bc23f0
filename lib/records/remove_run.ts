import * as path from "node:path";
import { scratchFolder } from "./live_runs.ts";
import { markPruned } from "./pruned.ts";
import { reviewCopy } from "./review_file.ts";
import { logFile } from "./run_log.ts";
import { sealFile } from "./seal.ts";

/** Bytes of the files in a folder. No link is followed; what cannot be read counts nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const inside = path.join(folder, name);
      bytes += isDirectory ? await folderBytes(inside) : (await Deno.lstat(inside)).size;
    }
  } catch {
    // It is gone meanwhile, or shut.
  }
  return bytes;
}

/** Everything that the state folder keeps of a run. */
export function stateFiles(state: string, runId: string): string[] {
  return [
    sealFile(state, runId),
    logFile(state, runId),
    reviewCopy(state, runId),
    scratchFolder(state, runId),
  ];
}

/**
 * Takes a run directory away, and what the state folder keeps of it. A link is removed, never followed.
 *
 * @throws what the file system says
 */
export async function removeRun(folder: string, state: string): Promise<void> {
  const runId = path.basename(folder);
  await markPruned(folder, state);
  await Deno.remove(folder, { recursive: true });
  for (const file of stateFiles(state, runId)) {
    await Deno.remove(file, { recursive: true }).catch(() => {});
  }
}
