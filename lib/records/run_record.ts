import * as path from "node:path";
import type { Policy } from "./policy.ts";
import type { Result } from "./result.ts";
import { EventsFile } from "./events_file.ts";
import { makeRunFolder } from "./folders.ts";
import { renderJson, writeWhole } from "./write_file.ts";
import { sha256Of, sha256OfFile } from "../base/digest.ts";

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
  patch: "changes.patch",
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
  /** Of these: what stands in the run directory already. */
  readonly #shown = new Map<ArtifactName, Uint8Array | string>();
  #events: EventsFile | undefined;

  private constructor(folder: string, scratch: string) {
    this.folder = folder;
    this.scratch = scratch;
  }

  /** Makes the run directory. From here on it says `interrupted`, should nothing more be written. */
  static async open(
    { runs, runId, scratch }: { readonly runs: string; readonly runId: string; readonly scratch: string },
    unfinished: RunVerdict,
  ): Promise<RunRecord> {
    const record = new RunRecord(await makeRunFolder(runs, runId), scratch);
    record.#writeVerdict(unfinished);
    return record;
  }

  /**
   * Keeps an artifact for the end. Before Codex starts it is shown in the run directory too; from then on a worker can
   * have put a link in its place, and nothing is written there until it is dead.
   */
  keep(name: ArtifactName, data: Uint8Array | string): void {
    this.#kept.set(name, data);
    if (this.#events) return;
    this.#shown.set(name, data);
    writeWhole(path.join(this.folder, name), data);
  }

  /** Opens the record of the events. */
  openEvents(): void {
    this.#events = new EventsFile(this.#eventsInScratch, path.join(this.folder, ARTIFACTS.events));
  }

  /** Appends bytes as they came. */
  appendEvents(bytes: Uint8Array): void {
    this.#events?.append(bytes);
  }

  /** What stands otherwise in the run directory than it was written, in words. */
  async tamperedNames(unfinished: RunVerdict): Promise<string[]> {
    const expected = new Map<string, Uint8Array | string>([...this.#shown, ...verdictFiles(unfinished)]);
    const found: string[] = [];
    const seen = new Set<string>();
    try {
      if (await Deno.realPath(this.folder) !== this.folder) return ["it was replaced by a link"];
      for await (const entry of Deno.readDir(this.folder)) {
        seen.add(entry.name);
        if (!await this.#isAsWritten(entry, expected.get(entry.name))) {
          found.push(`${entry.name} was changed`);
        }
      }
    } catch {
      return ["it is gone"];
    }
    for (const name of [...expected.keys(), ...(this.#events ? [ARTIFACTS.events] : [])]) {
      if (!seen.has(name)) found.push(`${name} is missing`);
    }
    return found.sort();
  }

  /** Writes every artifact anew, whatever became of the run directory meanwhile. */
  async close(verdict: RunVerdict): Promise<void> {
    this.#events?.close();
    await this.#removeForeign();
    await restoreFolder(this.folder);
    for (const [name, data] of this.#kept) writeWhole(path.join(this.folder, name), data);
    // Some file systems write a file out at once when it is renamed over another.
    await Deno.remove(path.join(this.folder, ARTIFACTS.events)).catch(() => {});
    if (this.#events) await moveFile(this.#eventsInScratch, path.join(this.folder, ARTIFACTS.events));
    else writeWhole(path.join(this.folder, ARTIFACTS.events), "");
    this.#writeVerdict(verdict);
  }

  #writeVerdict(verdict: RunVerdict): void {
    for (const [name, text] of verdictFiles(verdict)) writeWhole(path.join(this.folder, name), text);
  }

  async #isAsWritten(entry: Deno.DirEntry, expected: Uint8Array | string | undefined): Promise<boolean> {
    const file = path.join(this.folder, entry.name);
    if (!entry.isFile) return false;
    if (expected !== undefined) return sha256Of(expected) === await sha256OfFile(file).catch(() => "");
    return entry.name === ARTIFACTS.events && this.#events !== undefined &&
      await this.#events.isAsShown(file);
  }

  /** What a worker put into the run directory is no artifact. */
  async #removeForeign(): Promise<void> {
    const names = new Set<string>(Object.values(ARTIFACTS));
    try {
      if (await Deno.realPath(this.folder) !== this.folder) return;
      for await (const { name, isDirectory } of Deno.readDir(this.folder)) {
        if (!names.has(name) || isDirectory) {
          await Deno.remove(path.join(this.folder, name), { recursive: true });
        }
      }
    } catch {
      // It is gone; it is made anew below.
    }
  }

  get #eventsInScratch(): string {
    return path.join(this.scratch, ARTIFACTS.events);
  }
}

function verdictFiles({ policy, result, resultText }: RunVerdict): [ArtifactName, string][] {
  return [[ARTIFACTS.policy, renderJson(policy)], [ARTIFACTS.result, renderJson(result)], [
    ARTIFACTS.resultText,
    resultText,
  ]];
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
