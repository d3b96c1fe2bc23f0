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

/** The id of the process that works on a run, if it is still there: the same process, not a later one of its id. */
export async function ownerOf(state: string, runId: string): Promise<number | undefined> {
  try {
    const text = await Deno.readTextFile(path.join(scratchFolder(state, runId), OWNER));
    const [pid, started] = text.split("\n");
    return /^\d+$/.test(pid ?? "") && await processIdentity(Number(pid)) === started
      ? Number(pid)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that works on a run is still there. */
export async function isLive(state: string, runId: string): Promise<boolean> {
  return await ownerOf(state, runId) !== undefined;
}

/**
 * Waits until a run has ended: its verdict is written by then. One whose process was killed is noticed within a second.
 *
 * @returns false if `stop` was aborted before that
 */
export async function untilEnded(state: string, runId: string, stop: AbortSignal): Promise<boolean> {
  using removals = watchForRemovals(path.join(state, "live"));
  while (await isLive(state, runId)) {
    if (stop.aborted) return false;
    await removals.next(stop);
  }
  return true;
}

/** How often the process is looked for, with and without word from the file system. Milliseconds. */
const LOOK_EVERY = 1_000;
const LOOK_OFTEN = 200;

interface Removals extends Disposable {
  /** Resolves at the next removal in the folder, after a while, or when `stop` is aborted. */
  readonly next: (stop: AbortSignal) => Promise<void>;
}

function watchForRemovals(folder: string): Removals {
  let removed = false;
  let wake = (): void => {};
  let watcher: Deno.FsWatcher | undefined;
  try {
    watcher = Deno.watchFs(folder, { recursive: false });
    (async (watched) => {
      for await (const { kind } of watched) {
        if (kind !== "remove") continue;
        removed = true;
        wake();
      }
    })(watcher).catch(() => {});
  } catch {
    // No folder, or no watches left on this machine.
  }
  const pause = watcher ? LOOK_EVERY : LOOK_OFTEN;
  return {
    next: (stop) =>
      new Promise((resolve) => {
        const done = (): void => {
          removed = false;
          clearTimeout(timer);
          stop.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, pause);
        wake = done;
        stop.addEventListener("abort", done);
        // It may have come since the caller looked.
        if (removed) done();
      }),
    [Symbol.dispose]: () => watcher?.close(),
  };
}
