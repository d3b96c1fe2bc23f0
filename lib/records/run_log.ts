import * as path from "node:path";
import { oneLine } from "../base/text.ts";

/** Where the progress of a detached run is written: out of a worker's way, beside the run's seal. */
export function logFile(state: string, runId: string): string {
  return path.join(state, "runs", `${runId}.log`);
}

/** The last line of a run's log; undefined if it has none. */
export async function lastOfLog(state: string, runId: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(logFile(state, runId), { read: true });
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - TAIL), Deno.SeekMode.Start);
    const text = await new Response(file.readable).text();
    const line = text.trimEnd().split("\n").at(-1);
    return line === undefined || line === "" ? undefined : oneLine(line);
  } catch {
    return undefined;
  }
}

/** Bytes from the end of a log in which its last line is looked for. */
const TAIL = 4096;
