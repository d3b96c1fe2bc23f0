import { linuxLibrary } from "./libc.ts";
import { numbersInProc, readProcFile } from "./proc_file.ts";
import { commandOf, type ProcessEntry, readProcess } from "./process_table.ts";
import { kill, KILL_MOST, type Survivor } from "./process_tree.ts";

/** Between two rounds. Milliseconds. */
const ROUND = 1;

/**
 * SIGKILL to every child of a subreaper, again and again: the children of those that die become its own, until there is nobody
 * left. What cannot be ended is returned. Linux only.
 *
 * @param own the child that Deno started itself, and so waits for
 */
export async function endAllBelow(subreaper: number, own: number): Promise<Survivor[]> {
  const until = performance.now() + KILL_MOST;
  while (true) {
    const children = childrenOf(subreaper);
    for (const pid of children) kill(pid);
    const alive = children.flatMap((pid): ProcessEntry[] => {
      if (pid !== own && reap(pid)) return [];
      const entry = readProcess(pid);
      return entry === undefined || (entry.ended && pid !== own) ? [] : [entry];
    });
    if (alive.length === 0 && childrenOf(subreaper).length === 0) return [];
    if (performance.now() > until) {
      return alive.filter(({ ended }) => !ended)
        .map((entry) => ({ pid: entry.pid, command: commandOf(entry) }));
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND));
  }
}

/** Lets the orphans go that have ended. The child that Deno started itself is Deno's. */
export function reapOrphans(subreaper: number, own: number): void {
  for (const pid of childrenOf(subreaper)) if (pid !== own) reap(pid);
}

/** The children of all threads of a process, dead ones that were not waited for included. Source: proc_pid_task(5). */
export function childrenOf(pid: number): number[] {
  const lists = numbersInProc(`/proc/${pid}/task`)
    .map((thread) => readProcFile(`/proc/${pid}/task/${thread}/children`));
  // A kernel built without these lists (CONFIG_PROC_CHILDREN) has them nowhere.
  if (lists.every((list) => list === undefined)) {
    return numbersInProc("/proc").filter((each) => readProcess(each)?.parent === pid);
  }
  return lists.flatMap((list) => (list ?? "").split(" ").filter((each) => each !== "").map(Number));
}

/** True if the child had ended, and is let go. */
function reap(pid: number): boolean {
  return linuxLibrary()?.waitpid(pid, STATUS, WNOHANG) === pid;
}

const STATUS = new Uint8Array(4);
const WNOHANG = 1;
