import * as path from "node:path";
import * as z from "zod";
import { processIdentity } from "../process/identity.ts";
import { renderJson, writeWhole } from "./write_file.ts";

/** Which process works on a run. It stands in the scratch folder of the run, out of a worker's way. */
const OwnerSchema = z.object({ pid: z.number(), started: z.string() });

/** The scratch folder of a run: it is there while the run goes on, and after a crash. */
export function scratchFolder(state: string, runId: string): string {
  return path.join(state, "live", runId);
}

/** Makes the scratch folder and writes down whose it is. */
export async function openScratch(state: string, runId: string): Promise<string> {
  const folder = scratchFolder(state, runId);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const started = await processIdentity(Deno.pid) ?? "unknown";
  await writeWhole(path.join(folder, "owner.json"), renderJson({ pid: Deno.pid, started }));
  return folder;
}

/** Whether the process that works on a run is still there: the same one, not a later one of its id. */
export async function isLive(state: string, runId: string): Promise<boolean> {
  try {
    const text = await Deno.readTextFile(path.join(scratchFolder(state, runId), "owner.json"));
    const owner = OwnerSchema.parse(JSON.parse(text));
    return await processIdentity(owner.pid) === owner.started;
  } catch {
    return false;
  }
}
