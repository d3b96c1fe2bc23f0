import { familyIn } from "./family.ts";
import { commandOf, type ProcessEntry, readProcesses } from "./process_table.ts";

/** A process that could not be ended. */
export interface Survivor {
  readonly pid: number;
  readonly command: string;
}

/** How long ending is tried before what is left is given up as a survivor. Milliseconds. */
export const KILL_MOST = 5_000;
/** Between two rounds. Milliseconds. */
const ROUND = 10;

/**
 * A process and what it started, as far as it can be seen from outside: whoever lost its parent and left its group between two
 * looks is lost. For systems that know no better way.
 */
export class ProcessTree {
  readonly #known = new Map<number, string>();
  readonly #root: number;

  /** @param root a process that leads a group of its own */
  constructor(root: number) {
    this.#root = root;
  }

  /** Looks who belongs to it now. Those are known from here on, whatever becomes of their parents. */
  async look(): Promise<ProcessEntry[]> {
    const table = await readProcesses();
    const root = table.find(({ pid }) => pid === this.#root);
    // The group's number stays taken as long as anybody is in it, also after the end of the root itself.
    if (!this.#known.has(this.#root)) this.#known.set(this.#root, root?.started ?? "");
    const family = familyIn(table, this.#known);
    for (const { pid, started } of family) this.#known.set(pid, started);
    return family;
  }

  /** SIGKILL to all of it, again and again until nobody is left. Who cannot be ended is returned. */
  async end(): Promise<Survivor[]> {
    const until = performance.now() + KILL_MOST;
    while (true) {
      const alive = (await this.look()).filter(({ ended }) => !ended);
      if (alive.length === 0) return [];
      for (const { pid } of alive) kill(pid);
      if (performance.now() > until) {
        return alive.map((entry) => ({ pid: entry.pid, command: commandOf(entry) }));
      }
      await new Promise((resolve) => setTimeout(resolve, ROUND));
    }
  }
}

/** SIGKILL to one process. */
export function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // Gone meanwhile; or somebody else's, and then it survives.
  }
}
