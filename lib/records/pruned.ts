import * as path from "node:path";
import { writeWhole } from "./write_file.ts";

/**
 * Writes down that a run directory is taken away by codex-dispatch itself: a run that goes on in the same work tree would else
 * take that for tampering with the records.
 */
export async function markPruned(folder: string, state: string): Promise<void> {
  await Deno.mkdir(path.join(state, "pruned"), { recursive: true, mode: 0o700 });
  writeWhole(markOf(state, path.basename(folder)), folder);
}

/** Whether a run directory is gone, and it was codex-dispatch that took it away. */
export function wasPruned(folder: string, state: string): boolean {
  try {
    if (Deno.readTextFileSync(markOf(state, path.basename(folder))) !== folder) return false;
  } catch {
    return false;
  }
  try {
    Deno.lstatSync(folder);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** No run goes on for so long; its marks are of no more use. Milliseconds. */
const KEPT_FOR = 30 * 24 * 3600 * 1000;

/** Takes old marks away. */
export async function forgetPruned(state: string, now: Date): Promise<void> {
  const folder = path.join(state, "pruned");
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const { mtime } = await Deno.lstat(path.join(folder, name));
      if (mtime && now.getTime() - mtime.getTime() > KEPT_FOR) await Deno.remove(path.join(folder, name));
    }
  } catch {
    // There are none, or another process takes them away at the same time.
  }
}

function markOf(state: string, runId: string): string {
  return path.join(state, "pruned", runId);
}
