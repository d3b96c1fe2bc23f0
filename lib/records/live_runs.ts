import * as path from "node:path";
import { processIdentity } from "../process/identity.ts";
import { writeWhole } from "./write_file.ts";

const OWNER = "owner";

/** The scratch folder of a run: it is there while the run goes on, and after a crash. */
export function scratchFolder(state: string, runId: string): string {
  return path.join(state, "live", runId);
}

/**
 * Makes the scratch folder and writes down whose it is: process id and the moment it started, in a line each. It stands out
 * of a worker's way.
 */
export async function openScratch(state: string, runId: string): Promise<string> {
  const folder = scratchFolder(state, runId);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const started = await processIdentity(Deno.pid) ?? "unknown";
  writeWhole(path.join(folder, OWNER), `${Deno.pid}\n${started}\n`);
  return folder;
}

/** Whether the process that works on a run is still there: the same one, not a later one of its id. */
export async function isLive(state: string, runId: string): Promise<boolean> {
  try {
    const text = await Deno.readTextFile(path.join(scratchFolder(state, runId), OWNER));
    const [pid, started] = text.split("\n");
    return /^\d+$/.test(pid ?? "") && await processIdentity(Number(pid)) === started;
  } catch {
    return false;
  }
}
