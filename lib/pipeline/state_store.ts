import * as path from "node:path";
import * as z from "zod/mini";
import { ignoreRecords, RECORDS_FOLDER } from "../records/folders.ts";
import {
  keptFolderOf,
  PIPELINE_DIGESTS as DIGESTS,
  PIPELINE_STATE as STATE,
  pipelinesFolder,
} from "../records/pipeline_folders.ts";
import { writeWhole } from "../records/write_file.ts";
import { sha256Of } from "../base/digest.ts";
import { slug } from "../base/text.ts";
import { badInput } from "../base/errors.ts";
import { renderJson } from "../base/render_json.ts";
import { digestOf, type FileDigests, FileDigestsSchema, readDigests } from "./file_digests.ts";
import { type PipelineState, PipelineStateSchema } from "./state.ts";
import { tampered } from "./tree/tampered.ts";

/** `YYYYMMDD-HHMMSSmmm-pipeline-<name>-<random>`, in UTC: no run is called so. */
export function newPipelineId(name: string, started: Date): string {
  const stamp = started.toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
  return `${stamp}-pipeline-${slug(name)}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The state as it is written: with the digests of what is kept out of the tree alone. */
const StoredStateSchema = z.extend(PipelineStateSchema, { kept: FileDigestsSchema });

/** A name that a file has until it is whole. */
const HALF_WRITTEN = /^\..+\.[0-9a-f]{8}$/;

/**
 * A pipeline's state, kept twice: in the tree for people, where a worker writes too, and out of its reach, which is what
 * counts. What the tree holds has to be what was written there last. What is kept in the second place alone is known by its
 * digest in the state.
 */
export class StateStore {
  readonly id: string;
  /** In the tree. */
  readonly folder: string;
  /** Out of a worker's reach. */
  readonly kept: string;
  readonly #workdir: string;
  /** Of what is written to both places. */
  readonly #digests: FileDigests = new Map();
  /** Of what is kept out of the tree alone. */
  readonly #keptDigests: FileDigests = new Map();
  /** As it was saved last. */
  #state: PipelineState | undefined;
  /** The last of those that write: stages that run side by side keep something each. */
  #writing: Promise<void> = Promise.resolve();

  /** Of a new pipeline. Its folders are made when something is written there. */
  constructor(id: string, { workdir, state }: { readonly workdir: string; readonly state: string }) {
    this.id = id;
    this.#workdir = workdir;
    this.folder = path.join(pipelinesFolder(workdir), id);
    this.kept = keptFolderOf(state, id);
  }

  /**
   * Opens the pipeline of an id.
   *
   * @throws DispatchError (exit 1) if this machine knows none, (exit 3) if what is written or kept of it was changed
   */
  static async open(
    id: string,
    place: { readonly workdir: string; readonly state: string },
  ): Promise<{ store: StateStore; state: PipelineState }> {
    const store = new StateStore(id, place);
    if (digestOf(path.join(store.kept, STATE)) === null) {
      const message =
        `The state of the pipeline "${id}" cannot be read: it was ended before its first stage began, it was made on another ` +
        "machine or by another user, or its state folder was removed. Start it anew.";
      throw badInput("pipeline-unknown", message);
    }
    const changed = await store.#changedFiles();
    if (changed.length > 0) throw tampered(changed);
    const parsed = StoredStateSchema.safeParse(JSON.parse(await store.read(STATE)));
    if (!parsed.success) {
      throw badInput(
        "pipeline-state",
        `The state of the pipeline "${id}" is of another version of codex-dispatch.`,
      );
    }
    const { kept, ...state } = parsed.data;
    const forged = store.#takeUpKept(kept);
    if (forged.length > 0) throw tampered(forged);
    store.#state = state;
    await store.#removeHalfWritten();
    return { store, state };
  }

  /** Writes a file of both places. */
  async write(name: string, text: string): Promise<void> {
    await this.#inTurn(() => this.#write(name, text));
  }

  async save(state: PipelineState): Promise<void> {
    await this.#inTurn(() => this.#save(state));
  }

  /**
   * Keeps a document out of the tree alone. Before and after, its digest is noted in the state, which whoever changes the one
   * would have to change too, in both of its places.
   */
  async keep(name: string, text: string): Promise<void> {
    await this.#inTurn(async () => {
      const digest = sha256Of(text);
      const was = this.#keptDigests.get(name)?.[0] ?? null;
      if (was === digest) return;
      await this.#noteKept(name, [was, digest]);
      const file = path.join(this.kept, name);
      await Deno.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      writeWhole(file, text);
      await this.#noteKept(name, [digest]);
    });
  }

  /**
   * What was kept under a name; undefined if nothing was.
   *
   * @throws DispatchError (exit 3) if it was changed since
   */
  async readKept(name: string): Promise<string | undefined> {
    const digests = this.#keptDigests.get(name);
    if (!digests) return undefined;
    const file = path.join(this.kept, name);
    const bytes = await Deno.readFile(file).catch(() => undefined);
    if (!bytes || !digests.includes(sha256Of(bytes))) throw tampered([file]);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** Whether a file was written, to both places. */
  isWritten(name: string): boolean {
    return [this.kept, this.folder].every((folder) => this.#isWrittenTo(folder, name));
  }

  /** A file of the place that counts. */
  async read(name: string): Promise<string> {
    return await Deno.readTextFile(path.join(this.kept, name));
  }

  /** Whether a path, from the repository's root, is one that is written here, and holds what was written. */
  isAsWritten(repository: string, candidate: string): boolean {
    const relative = path.relative(repository, this.folder);
    if (candidate === relative) return true;
    if (!candidate.startsWith(`${relative}/`)) return false;
    return this.#isWrittenTo(this.folder, candidate.slice(relative.length + 1));
  }

  async #inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(write);
    // Whoever comes next need not fail for it.
    this.#writing = turn.catch(() => {});
    await turn;
  }

  async #save(state: PipelineState): Promise<void> {
    this.#state = state;
    await this.#write(STATE, renderJson({ ...state, kept: Object.fromEntries(this.#keptDigests) }));
  }

  async #noteKept(name: string, digests: readonly (string | null)[]): Promise<void> {
    this.#keptDigests.set(name, digests);
    // Before its state is saved first, a pipeline cannot be taken up.
    if (this.#state) await this.#save(this.#state);
  }

  async #write(name: string, text: string): Promise<void> {
    await this.#makeFolder();
    await Deno.mkdir(this.kept, { recursive: true, mode: 0o700 });
    const texts = new Map([[name, text]]);
    // Somebody deleted the folder in the tree: it is whole again, or not there.
    for (const [each, digests] of this.#digests) {
      const kept = path.join(this.kept, each);
      if (each === name || digestOf(path.join(this.folder, each)) !== null) continue;
      if (!digests.includes(digestOf(kept))) throw tampered([kept]);
      texts.set(each, Deno.readTextFileSync(kept));
    }
    // From here on nothing else of this process comes in between: a stage at work may ask what was written here.
    for (const [each, fresh] of texts) {
      this.#digests.set(each, [...this.#digests.get(each) ?? [], null, sha256Of(fresh)]);
    }
    this.#writeDigests();
    for (const [each, fresh] of texts) {
      for (const folder of [this.kept, this.folder]) writeWhole(path.join(folder, each), fresh);
      this.#digests.set(each, [sha256Of(fresh)]);
    }
    this.#writeDigests();
  }

  #writeDigests(): void {
    writeWhole(path.join(this.kept, DIGESTS), renderJson(Object.fromEntries(this.#digests)));
  }

  async #changedFiles(): Promise<string[]> {
    const digests = path.join(this.kept, DIGESTS);
    const known = await readDigests(digests);
    if (!known?.has(STATE)) return [digests];
    for (const [name, each] of known) this.#digests.set(name, each);
    const isFolder = await Deno.lstat(this.folder).then((info) => info.isDirectory, () => false);
    const folders = [this.kept, ...(isFolder ? [this.folder] : [])];
    return [...known].flatMap(([name, each]) =>
      folders.map((folder) => path.join(folder, name)).filter((file) => !each.includes(digestOf(file)))
    );
  }

  /** Takes up the digests of what is kept out of the tree alone, and returns the files that have others. */
  #takeUpKept(kept: z.infer<typeof FileDigestsSchema>): string[] {
    const changed: string[] = [];
    for (const [name, digests] of Object.entries(kept)) {
      const file = path.join(this.kept, name);
      const digest = digestOf(file);
      if (!digests.includes(digest)) changed.push(file);
      // The one that a killed process was about to write, or the one before.
      else if (digest !== null) this.#keptDigests.set(name, [digest]);
    }
    return changed;
  }

  /** What a process was about to write when it was killed. */
  async #removeHalfWritten(): Promise<void> {
    for (const folder of [this.kept, this.folder]) {
      // A link in its place would make this sweep elsewhere.
      if (await Deno.realPath(folder).catch(() => undefined) !== folder) continue;
      for (const { name, isFile } of await Array.fromAsync(Deno.readDir(folder))) {
        if (isFile && HALF_WRITTEN.test(name)) await Deno.remove(path.join(folder, name)).catch(() => {});
      }
    }
  }

  #isWrittenTo(folder: string, name: string): boolean {
    const digest = digestOf(path.join(folder, name));
    return digest !== null && (this.#digests.get(name)?.includes(digest) ?? false);
  }

  async #makeFolder(): Promise<void> {
    const records = path.join(this.#workdir, RECORDS_FOLDER);
    for (const folder of [records, path.dirname(this.folder), this.folder]) {
      await Deno.mkdir(folder, { mode: 0o700 }).catch(async (error) => {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        if (!(await Deno.lstat(folder)).isDirectory) {
          await Deno.remove(folder);
          await Deno.mkdir(folder, { mode: 0o700 });
        }
      });
    }
    await ignoreRecords(this.#workdir);
  }
}
