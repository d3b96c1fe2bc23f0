import * as path from "node:path";
import * as z from "zod/mini";
import { ignoreRecords, RECORDS_FOLDER } from "../records/folders.ts";
import {
  keptFolderOf,
  PIPELINE_DIGESTS as DIGESTS,
  PIPELINE_STATE as STATE,
  pipelinesFolder,
} from "../records/pipeline_folders.ts";
import { renderJson, writeWhole } from "../records/write_file.ts";
import { sha256Of } from "../base/digest.ts";
import { slug } from "../base/text.ts";
import { badInput, DispatchError } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { type PipelineState, PipelineStateSchema } from "./state.ts";

/** `YYYYMMDD-HHMMSSmmm-pipeline-<name>-<random>`, in UTC: no run is called so. */
export function newPipelineId(name: string, started: Date): string {
  const stamp = started.toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
  return `${stamp}-pipeline-${slug(name)}-${crypto.randomUUID().slice(0, 8)}`;
}

const DigestsSchema = z.record(z.string(), z.array(z.string()));
/** A name that a file has until it is whole. */
const HALF_WRITTEN = /^\..+\.[0-9a-f]{8}$/;

/**
 * A pipeline's state, kept twice: in the tree for people, where a worker writes too, and out of its reach, which is what
 * counts. What the tree holds has to be what was written there last.
 */
export class StateStore {
  readonly id: string;
  /** In the tree. */
  readonly folder: string;
  /** Out of a worker's reach. */
  readonly kept: string;
  readonly #workdir: string;
  /** Of each file: the digest of what was written last, and of what was written before that. */
  readonly #digests = new Map<string, string[]>();

  private constructor(id: string, { workdir, state }: { workdir: string; state: string }) {
    this.id = id;
    this.#workdir = workdir;
    this.folder = path.join(pipelinesFolder(workdir), id);
    this.kept = keptFolderOf(state, id);
  }

  /** Makes the folders of a new pipeline. */
  static async create(
    id: string,
    place: { readonly workdir: string; readonly state: string },
  ): Promise<StateStore> {
    const store = new StateStore(id, place);
    await Deno.mkdir(store.kept, { recursive: true, mode: 0o700 });
    await store.#makeFolder();
    return store;
  }

  /**
   * Opens the pipeline of an id.
   *
   * @throws DispatchError (exit 1) if this machine knows none, (exit 3) if what the tree holds of it was changed
   */
  static async open(
    id: string,
    place: { readonly workdir: string; readonly state: string },
  ): Promise<{ store: StateStore; state: PipelineState }> {
    const store = new StateStore(id, place);
    if (!isThere(path.join(store.kept, STATE))) {
      const message =
        `The state of the pipeline "${id}" cannot be read: it was ended before its first stage began, it was made on another ` +
        "machine or by another user, or its state folder was removed. Start it anew.";
      throw badInput("pipeline-unknown", message);
    }
    const changed = await store.#changedFiles();
    if (changed.length > 0) {
      const message = `The state of the pipeline "${id}" was changed by another hand than codex-dispatch: ${
        changed.map((file) => `"${file}"`).join(", ")
      }. It is not resumed.`;
      throw new DispatchError(EXIT.violation, [{ code: "pipeline-tampered", message }]);
    }
    const parsed = PipelineStateSchema.safeParse(JSON.parse(await store.read(STATE)));
    if (!parsed.success) {
      throw badInput(
        "pipeline-state",
        `The state of the pipeline "${id}" is of another version of codex-dispatch.`,
      );
    }
    await store.#removeHalfWritten();
    return { store, state: parsed.data };
  }

  /**
   * Writes a file of both places. Its digest is noted before, beside that of what it held: killed at whatever moment, each of
   * the two holds the one or the other.
   */
  async write(name: string, text: string): Promise<void> {
    const digest = sha256Of(text);
    this.#digests.set(name, [digest, ...this.#digests.get(name)?.slice(0, 1) ?? []]);
    writeWhole(path.join(this.kept, DIGESTS), renderJson(Object.fromEntries(this.#digests)));
    writeWhole(path.join(this.kept, name), text);
    await this.#makeFolder();
    writeWhole(path.join(this.folder, name), text);
  }

  async save(state: PipelineState): Promise<void> {
    await this.write(STATE, renderJson(state));
  }

  /** Whether a file was written, to both places. */
  isWritten(name: string): boolean {
    return [this.kept, this.folder].every((folder) => this.#holds(path.join(folder, name), name, 1));
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
    const name = candidate.slice(relative.length + 1);
    return this.#holds(path.join(this.folder, name), name, 1);
  }

  async #changedFiles(): Promise<string[]> {
    const digests = path.join(this.kept, DIGESTS);
    const known = DigestsSchema.safeParse(await readJson(digests));
    if (!known.success || !(STATE in known.data)) return [digests];
    for (const [name, each] of Object.entries(known.data)) this.#digests.set(name, each);
    const isFolder = await Deno.lstat(this.folder).then((info) => info.isDirectory, () => false);
    const files = [...this.#digests.keys()].flatMap((name) =>
      [this.kept, ...(isFolder ? [this.folder] : [])].map((folder) => ({
        name,
        file: path.join(folder, name),
      }))
    );
    return files.filter(({ name, file }) => !this.#holds(file, name, 2)).map(({ file }) => file);
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

  /** Whether a file holds what was written to it last, or one of the `back` last writings; the first may not have come to be. */
  #holds(file: string, name: string, back: 1 | 2): boolean {
    const digests = this.#digests.get(name) ?? [];
    try {
      return Deno.lstatSync(file).isFile &&
        digests.slice(0, back).includes(sha256Of(Deno.readFileSync(file)));
    } catch (error) {
      return error instanceof Deno.errors.NotFound && back === 2 && digests.length === 1;
    }
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

function isThere(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

/** What a file holds; undefined if it is no document. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch {
    return undefined;
  }
}
