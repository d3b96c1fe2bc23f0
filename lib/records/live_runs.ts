import * as path from "node:path";
import { type FileLock, lockFile } from "../process/file_lock.ts";
import { processIdentity } from "../process/identity.ts";
import { writeWhole } from "./write_file.ts";
import { refusal } from "../base/errors.ts";
import { openOwnFolder } from "../base/own_folder.ts";
import { storageReason } from "../base/storage_error.ts";

/** The folder of the scratch folders. */
export const LIVE = "live";
/** In each: whose it is, locked by that process; and where the run's directory is. */
export const OWNER = "owner";
export const RUN_FOLDER = "run";
/** Begins the names of scratch folders that are being made. */
export const FRESH = ".new-";

/** The scratch folder of a run: it is there while the run goes on, and after a crash. */
export function scratchFolder(state: string, runId: string): string {
  return path.join(state, LIVE, runId);
}

/** The scratch folder of a run, and the hold on it. */
export interface Scratch extends Disposable {
  readonly folder: string;
  /** Removes all of it but the word whose run it is: what takes time, before the run says how it ended. */
  readonly empty: () => Promise<void>;
}

/**
 * Makes the scratch folder and writes down whose it is: process id and the moment it started, in a line each. It stands out
 * of a worker's way, and shows only once it says so: one whose process is gone is swept away. Disposing removes it.
 *
 * @throws DispatchError (exit 2) if it cannot be made
 */
export async function openScratch(state: string, runId: string): Promise<Scratch> {
  const folder = scratchFolder(state, runId);
  const fresh = path.join(path.dirname(folder), `${FRESH}${crypto.randomUUID().slice(0, 8)}`);
  const owner = `${Deno.pid}\n${await processIdentity(Deno.pid) ?? "unknown"}\n`;
  let lock: FileLock | undefined;
  try {
    openOwnFolder(path.dirname(folder));
    await Deno.mkdir(fresh, { mode: 0o700 });
    writeWhole(path.join(fresh, OWNER), owner);
    lock = lockFile(path.join(fresh, OWNER));
    await Deno.rename(fresh, folder);
  } catch (error) {
    lock?.release();
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
    const message = `The state folder "${state}" cannot be written to: ${storageReason(error)}. ` +
      "Make room there, or set XDG_STATE_HOME to another folder.";
    throw refusal("state-dir", message, { cause: error });
  }
  return {
    folder,
    empty: async () => {
      for (const { name } of [...Deno.readDirSync(folder)]) {
        if (name === OWNER || name === RUN_FOLDER) continue;
        await Deno.remove(path.join(folder, name), { recursive: true }).catch(() => {});
      }
    },
    [Symbol.dispose]: () => {
      try {
        Deno.removeSync(folder, { recursive: true });
      } catch {
        // What cannot be removed is swept away later.
      }
      lock?.release();
    },
  };
}

/** Notes where the run's directory is. */
export function noteRunFolder(scratch: string, folder: string): void {
  writeWhole(path.join(scratch, RUN_FOLDER), folder);
}

/** Where the directory of a run is that goes on, or whose process was killed; undefined if it has none yet. */
export async function notedRunFolder(state: string, runId: string): Promise<string | undefined> {
  return await Deno.readTextFile(path.join(scratchFolder(state, runId), RUN_FOLDER)).catch(() => undefined);
}

/** Where a run's directory was made, by the word of its own dispatch; undefined if none is known here. */
export async function runDirOf(state: string, runId: string): Promise<string | undefined> {
  const noted = await notedRunFolder(state, runId);
  if (noted !== undefined) return noted;
  const { readSeal } = await import("./seal.ts");
  return (await readSeal(state, runId))?.run_dir;
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
  using removals = watchForRemovals(path.join(state, LIVE));
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
