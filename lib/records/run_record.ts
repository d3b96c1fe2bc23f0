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

  /** The artifacts that were written into the run directory so far. */
  shownNames(): ArtifactName[] {
    const verdict: ArtifactName[] = [ARTIFACTS.policy, ARTIFACTS.result, ARTIFACTS.resultText];
    return [...this.#shown.keys(), ...verdict, ...(this.#events ? [ARTIFACTS.events] : [])];
  }

  /** Which artifacts stand otherwise in the run directory than they were written, and what happened to each. */
  async tampered(unfinished: RunVerdict): Promise<{ name: ArtifactName | undefined; what: string }[]> {
    const expected = new Map<ArtifactName, Uint8Array | string>([
      ...this.#shown,
      ...verdictFiles(unfinished),
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
    const found: { name: ArtifactName; what: string }[] = [];
    for (const name of names) {
      const what = await this.#whatHappened(name, expected.get(name));
      if (what !== undefined) found.push({ name, what });
    }
    return found;
  }

  /**
   * Writes every artifact. A folder that was tampered with is made anew: what a worker put there is no artifact.
   */
  async close(verdict: RunVerdict, wasTampered: boolean): Promise<void> {
    await restoreFolder(this.folder);
    if (wasTampered) await Deno.remove(this.folder, { recursive: true });
    await restoreFolder(this.folder);
    for (const [name, data] of this.#kept) writeWhole(path.join(this.folder, name), data);
    const events = path.join(this.folder, ARTIFACTS.events);
    // Some file systems write a file out at once when it is renamed over another.
    await Deno.remove(events).catch(() => {});
    if (this.#events) this.#events.finish(events);
    else writeWhole(events, "");
    this.#writeVerdict(verdict);
  }

  #writeVerdict(verdict: RunVerdict): void {
    for (const [name, text] of verdictFiles(verdict)) writeWhole(path.join(this.folder, name), text);
  }

  async #whatHappened(
    name: ArtifactName,
    expected: Uint8Array | string | undefined,
  ): Promise<string | undefined> {
    const file = path.join(this.folder, name);
    try {
      if (!(await Deno.lstat(file)).isFile) return "was replaced";
      const same = expected === undefined
        ? await this.#events?.isAsShown(file)
        : sha256Of(expected) === await sha256OfFile(file);
      return same === false ? "was changed" : undefined;
    } catch (error) {
      return error instanceof Deno.errors.NotFound ? "is missing" : "cannot be read";
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

/**
 * Makes the folder again, and those above it that are missing. What stands in the way (a link, a file) is removed, and a
 * folder that its owner may not write to is opened for him.
 */
async function restoreFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  const info = await Deno.lstat(folder).catch(() => undefined);
  if (info?.isDirectory) {
    if (((info.mode ?? 0o700) & 0o700) !== 0o700) {
      await Deno.chmod(folder, (info.mode ?? 0) & 0o7777 | 0o700).catch(() => {});
    }
    if (await Deno.realPath(folder).catch(() => "") === folder) return;
  }
  if (parent !== folder) await restoreFolder(parent);
  const stands = await Deno.lstat(folder).catch(() => undefined);
  if (stands?.isDirectory) {
    if (((stands.mode ?? 0o700) & 0o700) !== 0o700) {
      await Deno.chmod(folder, (stands.mode ?? 0) & 0o7777 | 0o700);
    }
    return;
  }
  if (stands) await Deno.remove(folder);
  await Deno.mkdir(folder, { mode: 0o700 });
}
