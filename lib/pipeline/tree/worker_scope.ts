import * as path from "node:path";
import { refusal } from "../../base/errors.ts";
import type { Packet } from "../../packet/check_packet.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { openCopy } from "./kept_copy.ts";
import type { KeptDocuments, KeptStage, StageRound } from "./kept_documents.ts";
import { keepScope, lostSentence, type PartialWork, readPartialWork, type ScopePlace } from "./kept_scope.ts";
import { removeTree } from "./remove_tree.ts";

/** What the next worker may write is kept beside what the last one might, until it is whole. */
const FOLDERS = ["stage-1", "stage-2"] as const;

/** What the worker at work may write, as it was before: one works at a time. */
export class WorkerScope {
  readonly #documents: KeptDocuments;
  readonly #kept: string;
  readonly #place: Omit<ScopePlace, "scope">;

  constructor(
    documents: KeptDocuments,
    { kept, ...place }: Omit<ScopePlace, "scope"> & {
      /** Folder out of every tree. */
      readonly kept: string;
    },
  ) {
    this.#documents = documents;
    this.#kept = kept;
    this.#place = place;
  }

  /** Keeps what a worker may write, before it does. */
  async keep(packet: Pick<Packet, "scope" | "ignoredWrites">, at: StageRound): Promise<void> {
    const scope = [...packet.scope, ...packet.ignoredWrites];
    const old = (await this.#documents.stage())?.folder;
    const folder = FOLDERS.find((each) => each !== old) ?? FOLDERS[0];
    const kept = await keepScope(this.#at(folder), { ...this.#place, scope });
    await this.#documents.keepStage({ ...at, scope, folder, kept });
    if (old !== undefined) await removeTree(this.#at(old), this.#place.environment);
  }

  /** Puts back what a worker's failed run left half done. */
  async takeBack(at: StageRound): Promise<void> {
    const work = await this.partialWork(at);
    if (!work) return;
    if (work.lost.length > 0) throw refusal("not-restored", lostSentence(work.lost));
    await work.restore();
  }

  /** What a worker changed since it was about to start; undefined if it was not. */
  async partialWork(at: StageRound): Promise<PartialWork | undefined> {
    const stage = await this.#stage(at);
    if (!stage) return undefined;
    const { scope, kept, folder } = stage;
    return await readPartialWork(this.#at(folder), { ...this.#place, scope, kept });
  }

  /** What a worker that was about to start may write; undefined if it was not. */
  async granted(at: StageRound): Promise<readonly ScopeEntry[] | undefined> {
    return (await this.#stage(at))?.scope;
  }

  /** @throws DispatchError (exit 3) if what was kept last is not as it was */
  async check(): Promise<void> {
    const stage = await this.#documents.stage();
    if (stage) {
      await openCopy(this.#at(stage.folder), { record: stage.kept.copy, walker: this.#place.walker });
    }
  }

  async #stage(at: StageRound): Promise<KeptStage | undefined> {
    const stage = await this.#documents.stage();
    return stage?.stage === at.stage && stage.round === at.round ? stage : undefined;
  }

  #at(folder: string): string {
    return path.join(this.#kept, folder);
  }
}
