import * as path from "node:path";
import type { Policy } from "./policy.ts";
import type { Result } from "./result.ts";
import { makeRunFolder } from "./folders.ts";
import { openScratch } from "./live_runs.ts";
import { renderJson, writeWhole } from "./write_file.ts";

/** The files of a run directory that hold text, in the order in which a person reads them. */
export const ARTIFACTS = {
  task: "task.md",
  prompt: "prompt.md",
  events: "events.jsonl",
  stderr: "stderr.txt",
  result: "result.json",
  resultText: "result.md",
  statusBefore: "pre-status.txt",
  statusAfter: "post-status.txt",
  diffStatBefore: "pre-diff-stat.txt",
  diffStatAfter: "post-diff-stat.txt",
  policy: "policy.json",
} as const;

export type ArtifactName = (typeof ARTIFACTS)[keyof typeof ARTIFACTS];

export interface RunVerdict {
  readonly policy: Policy;
  readonly result: Result;
  readonly resultText: string;
}

/**
 * The run directory, and beside it a scratch folder outside of the repository. The run directory lies where the worker
 * writes, so what stands there during the run is for looking on; what counts is held in memory and in the scratch folder,
 * and is written anew at the end.
 */
export class RunRecord {
  readonly folder: string;
  readonly scratch: string;
  readonly #kept = new Map<ArtifactName, Uint8Array | string>();
  #events: Deno.FsFile | undefined;
  #liveEvents: Deno.FsFile | undefined;

  private constructor(folder: string, scratch: string) {
    this.folder = folder;
    this.scratch = scratch;
  }

  /** Makes both folders. From here on the run directory says `interrupted`, should nothing more be written. */
  static async open(
    runId: string,
    places: { readonly runs: string; readonly state: string },
    unfinished: RunVerdict,
  ): Promise<RunRecord> {
    const scratch = await openScratch(places.state, runId);
    const record = new RunRecord(await makeRunFolder(places.runs, runId), scratch);
    await record.#writeVerdict(unfinished);
    return record;
  }

  /**
   * Keeps an artifact for the end. Before Codex starts it is shown in the run directory too; from then on a worker can
   * have put a link in its place, and nothing is written there until it is dead.
   */
  async keep(name: ArtifactName, data: Uint8Array | string): Promise<void> {
    this.#kept.set(name, data);
    if (!this.#events) await writeWhole(path.join(this.folder, name), data);
  }

  /** Opens the record of the events: one file that counts, and one to look on. */
  openEvents(): void {
    const options = { write: true, createNew: true, mode: 0o600 };
    this.#events = Deno.openSync(this.#eventsInScratch, options);
    this.#liveEvents = Deno.openSync(path.join(this.folder, ARTIFACTS.events), options);
  }

  /** Appends bytes as they came. Synchronous: the pipe they come from is not read on before they are kept. */
  appendEvents(bytes: Uint8Array): void {
    if (this.#events) writeAllSync(this.#events, bytes);
    if (!this.#liveEvents) return;
    try {
      writeAllSync(this.#liveEvents, bytes);
    } catch {
      // Only for looking on; the other file counts.
      this.#liveEvents.close();
      this.#liveEvents = undefined;
    }
  }

  /** Writes every artifact anew, whatever became of the run directory meanwhile, and removes the scratch folder. */
  async close(verdict: RunVerdict): Promise<void> {
    this.#events?.close();
    this.#liveEvents?.close();
    await restoreFolder(this.folder);
    for (const [name, data] of this.#kept) await writeWhole(path.join(this.folder, name), data);
    if (this.#events) await moveFile(this.#eventsInScratch, path.join(this.folder, ARTIFACTS.events));
    else await writeWhole(path.join(this.folder, ARTIFACTS.events), "");
    await this.#writeVerdict(verdict);
    await Deno.remove(this.scratch, { recursive: true }).catch(() => {});
  }

  async #writeVerdict({ policy, result, resultText }: RunVerdict): Promise<void> {
    await writeWhole(path.join(this.folder, ARTIFACTS.policy), renderJson(policy));
    await writeWhole(path.join(this.folder, ARTIFACTS.result), renderJson(result));
    await writeWhole(path.join(this.folder, ARTIFACTS.resultText), resultText);
  }

  get #eventsInScratch(): string {
    return path.join(this.scratch, ARTIFACTS.events);
  }
}

/** Makes the folder again, and those above it that are missing; what stands in the way (a link, a file) is removed. */
async function restoreFolder(folder: string): Promise<void> {
  const info = await Deno.lstat(folder).catch(() => undefined);
  if (info?.isDirectory && await Deno.realPath(folder) === folder) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await restoreFolder(parent);
  const stands = await Deno.lstat(folder).catch(() => undefined);
  if (stands?.isDirectory) return;
  if (stands) await Deno.remove(folder);
  await Deno.mkdir(folder, { mode: 0o700 });
}

/** Renames, or copies where the two lie on different file systems. A link at the target is replaced. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch {
    const temporary = `${to}.${crypto.randomUUID().slice(0, 8)}`;
    using target = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
    using source = await Deno.open(from, { read: true });
    await source.readable.pipeTo(target.writable, { preventClose: true });
    await Deno.rename(temporary, to);
  }
}

function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
