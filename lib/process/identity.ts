import { linuxLibrary } from "./libc.ts";
import { readProcess, readProcesses } from "./process_table.ts";

/**
 * What tells a process from a later one of the same id: the moment it started. Undefined if there is none. On Windows not
 * known (untested there).
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  const entry = linuxLibrary() ? readProcess(pid) : (await readProcesses()).find((each) => each.pid === pid);
  return entry === undefined || entry.ended ? undefined : entry.started;
}
