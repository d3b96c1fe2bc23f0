import * as path from "node:path";
import { type ArtifactName, ARTIFACTS } from "./artifacts.ts";
import { EventsFile } from "./events_file.ts";
import { digestFolder } from "./folder_digests.ts";
import { noteRunFolder } from "./live_runs.ts";
import { Reserve, RESERVED } from "./reserve.ts";
import { placeRunFolder, removeWhole, restoreFolder } from "./run_folder.ts";
import {
  type RunVerdict,
  type StagedVerdict,
  stageVerdict,
  verdictFiles,
  writeVerdict,
} from "./verdict_files.ts";
import { type StagedFile, writeWhole } from "./write_file.ts";
import { type DispatchError, refusal } from "../base/errors.ts";
import { storageReason } from "../base/storage_error.ts";
import { isFileOf } from "../base/digest.ts";

/** What happened to an artifact; to the folder itself where none is named. */
export interface Tampering {
  readonly name: ArtifactName | undefined;
  readonly what: string;
}

/**
 * The run directory, and beside it a scratch folder outside of the repository. The run directory lies where the worker
 * writes, so what stands there during the run is for looking on; what counts is held in memory and in the scratch folder,
 * and is written anew at the end.
 */
export class RunRecord {
  readonly folder: string;
  readonly scratch: string;
  readonly #unfinished: RunVerdict;
  readonly #kept = new Map<ArtifactName, Uint8Array | string>();
  /** Of these: what stands in the run directory already. */
  readonly #shown = new Map<ArtifactName, Uint8Array | string>();
  /** Room for the verdict where the run directory is, and for looking at the tree where the scratch folder is. */
  #room: Reserve | undefined;
  #scratchRoom: Reserve | undefined;
  #events: EventsFile | undefined;
  #staged: StagedVerdict | undefined;
  /** Whether the run directory was looked at since Codex ended, and was as it should be. */
  #isUntouched: boolean | undefined;

  private constructor(folder: string, scratch: string, unfinished: RunVerdict) {
    this.folder = folder;
    this.scratch = scratch;
    this.#unfinished = unfinished;
  }

  /**
   * Makes the run directory. From here on it says `interrupted`, should nothing more be written.
   *
   * @throws DispatchError (exit 2) if it cannot be made, or if there is no room for a verdict
   */
  static async open(
    { runs, runId, scratch }: { readonly runs: string; readonly runId: string; readonly scratch: string },
    unfinished: RunVerdict,
  ): Promise<RunRecord> {
    const folder = path.join(runs, runId);
    const record = new RunRecord(folder, scratch, unfinished);
    try {
      noteRunFolder(scratch, folder);
      record.#scratchRoom = new Reserve(scratch);
    } catch (error) {
      throw noRoom(scratch, "XDG_STATE_HOME", error);
    }
    try {
      await placeRunFolder(folder, { fill: (fresh) => writeVerdict(fresh, unfinished), replace: false });
    } catch (error) {
      record.#scratchRoom.release();
      throw noRoom(runs, "--output-dir", error);
    }
    try {
      record.#room = new Reserve(folder);
    } catch (error) {
      record.#scratchRoom.release();
      await removeWhole(folder).catch(() => {});
      throw noRoom(runs, "--output-dir", error);
    }
    return record;
  }

  /**
   * Keeps an artifact for the end. Before Codex starts it is shown in the run directory too; from then on a worker can
   * have put a link in its place, and nothing is written there until it is dead.
   */
  keep(name: ArtifactName, data: Uint8Array | string): void {
    this.#kept.set(name, data);
    if (this.#events) return;
    try {
      writeWhole(path.join(this.folder, name), data);
      this.#shown.set(name, data);
    } catch {
      // The disk is full already. It is tried again at the end, and told if it fails again.
    }
  }

  /** Codex is gone: what is done now may use the room that was set aside in the scratch folder. */
  workEnded(): void {
    this.#scratchRoom?.release();
  }

  /** Opens the record of the events. */
  openEvents(): void {
    const counts = path.join(this.scratch, ARTIFACTS.events);
    this.#events = new EventsFile(counts, path.join(this.folder, ARTIFACTS.events));
  }

  /** Appends bytes as they came. */
  appendEvents(bytes: Uint8Array): void {
    this.#events?.append(bytes);
  }

  /** The artifacts that were written into the run directory so far. */
  shownNames(): ArtifactName[] {
    const verdict: ArtifactName[] = [ARTIFACTS.policy, ARTIFACTS.result, ARTIFACTS.resultText];
    return [...this.#shown.keys(), ...verdict, ...(this.#events ? [ARTIFACTS.events] : [])];
  }

  /** Which artifacts stand otherwise in the run directory than they were written, and what happened to each. */
  async tampered(): Promise<Tampering[]> {
    const found = await this.#tampered();
    this.#isUntouched = found.length === 0;
    return found;
  }

  async #tampered(): Promise<Tampering[]> {
    const expected = new Map<ArtifactName, Uint8Array | string>([
      ...this.#shown,
      ...verdictFiles(this.#unfinished),
    ]);
    const names = this.shownNames();
    try {
      const info = await Deno.lstat(this.folder);
      if (!info.isDirectory || await Deno.realPath(this.folder) !== this.folder) {
        return [{ name: undefined, what: "was replaced" }];
      }
      if (info.mode !== null && (info.mode & 0o777) !== 0o700) {
        return [{ name: undefined, what: "was shut or opened" }];
      }
    } catch {
      return [{ name: undefined, what: "is gone, or cannot be read" }];
    }
    const found: Tampering[] = [];
    for (const name of names) {
      const what = await this.#whatHappened(name, expected.get(name));
      if (what !== undefined) found.push({ name, what });
    }
    return found;
  }

  /**
   * Writes every artifact, and the verdict beside them: until {@link commit} the run directory says `interrupted`. The verdict
   * has the first claim on the room that is left. A folder that was tampered with is made anew: what a worker put there is no
   * artifact.
   *
   * @returns what could not be written, in a sentence each
   * @throws what the file system says if the verdict could not be
   */
  async write(verdict: RunVerdict, wasTampered: boolean): Promise<string[]> {
    this.workEnded();
    this.#room?.release();
    await restoreFolder(path.dirname(this.folder));
    if (this.#isUntouched === undefined) await this.tampered();
    const isAnew = wasTampered || !this.#isUntouched;
    if (isAnew) {
      const fill = (fresh: string): void => writeVerdict(fresh, this.#unfinished);
      await placeRunFolder(this.folder, { fill, replace: true });
    }
    await restoreFolder(this.folder);
    const events = path.join(this.folder, ARTIFACTS.events);
    // The copy to look on gives way. And some file systems write a file out at once when it is renamed over another.
    await Deno.remove(events).catch(() => {});
    this.stage(verdict);
    const lost: string[] = [];
    const attempt = (name: string, write: () => void): void => {
      try {
        write();
      } catch (error) {
        lost.push(`${name} could not be written: ${storageReason(error)}`);
      }
    };
    // What is small first: it is not to be lost to what is not.
    const kept = [...this.#kept].sort(([, one], [, other]) => one.length - other.length);
    for (const [name, data] of kept) {
      const file = path.join(this.folder, name);
      if (isAnew || !this.#standsAsShown(name, data)) attempt(name, () => writeWhole(file, data));
    }
    attempt(ARTIFACTS.events, () => this.#events ? this.#events.finish(events) : writeWhole(events, ""));
    return lost;
  }

  /** Holds a verdict ready, in place of the one that is. */
  stage(verdict: RunVerdict): void {
    this.#staged?.discard();
    this.#staged = stageVerdict(this.folder, verdict);
  }

  /** Digests of the run directory as it will be. */
  async digests(): Promise<Record<string, string>> {
    const digests = await digestFolder(this.folder);
    for (const name of this.#staged?.names ?? []) delete digests[name];
    return { ...digests, ...this.#staged?.digests };
  }

  /** Says what became of the run: its seal comes before policy.json, and nothing after that. */
  commit(seal?: StagedFile): void {
    this.#staged?.commit(() => seal?.commit());
  }

  /** Whether an artifact that nobody was at need not be written again. */
  #standsAsShown(name: ArtifactName, data: Uint8Array | string): boolean {
    if (this.#shown.get(name) !== data) return false;
    const file = path.join(this.folder, name);
    try {
      // Through a second name it could be changed later.
      if ((Deno.lstatSync(file).nlink ?? 1) !== 1) return false;
      Deno.chmodSync(file, 0o600);
      return true;
    } catch {
      return false;
    }
  }

  async #whatHappened(
    name: ArtifactName,
    expected: Uint8Array | string | undefined,
  ): Promise<string | undefined> {
    const file = path.join(this.folder, name);
    try {
      if (!(await Deno.lstat(file)).isFile) return "was replaced";
      const same = expected === undefined ? this.#events?.isAsShown(file) : await isFileOf(expected, file);
      return same === false ? "was changed" : undefined;
    } catch (error) {
      return error instanceof Deno.errors.NotFound ? "is missing" : "cannot be read";
    }
  }
}

function noRoom(folder: string, setting: string, error: unknown): DispatchError {
  const message = `The record of a run cannot be written to "${folder}": ${storageReason(error)}. ` +
    `It takes ${
      RESERVED / 1024
    } KiB before Codex starts. Make room there, or choose another folder (${setting}).`;
  return refusal(setting === "--output-dir" ? "output-dir" : "state-dir", message, { cause: error });
}
