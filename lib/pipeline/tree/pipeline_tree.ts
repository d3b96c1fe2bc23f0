import * as path from "node:path";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import type { Conclusion } from "../../dispatch/conclude.ts";
import type { Entries, Walker } from "../../evidence/entry.ts";
import { linksIn } from "../../evidence/entry_lookups.ts";
import { ignoredBy } from "../../evidence/ignore_rules.ts";
import { bestWalker } from "../../evidence/walker.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { RECORDS_FOLDER } from "../../records/folders.ts";
import { ARTIFACTS } from "../../records/artifacts.ts";
import { type CleanCheckout, openCleanCheckout } from "./clean_checkout.ts";
import { isCarried } from "./carried.ts";
import {
  instructionPaths,
  type InstructionsOverride,
  instructionsOverride,
  isInstruction,
} from "./instructions.ts";
import { type CopyRecord, keepCopy, openCopy, overlayOf } from "./kept_copy.ts";
import { type DocumentStore, KeptDocuments, type KeptStart } from "./kept_documents.ts";
import { keepScope, readPartialWork } from "./kept_scope.ts";
import { identityDifferences, readTreeIdentity, type TreeIdentity } from "./tree_identity.ts";
import { readWorkTree, type WorkTree } from "./work_tree.ts";
import { WorkerScope } from "./worker_scope.ts";

export interface TreeOptions {
  readonly repository: string;
  readonly workdir: string;
  /** Folder out of every tree, for what outlives the process. */
  readonly kept: string;
  /** What is written there. */
  readonly documents: DocumentStore;
  /** Folder out of every tree, for what does not. */
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Folders of copies, in the kept one. */
const [START, CARRIED, INSTRUCTIONS] = ["start", "carried", "instructions"];

/** What a process knows of a tree that is kept. */
interface KnownTree {
  readonly walker: Walker;
  readonly before: WorkTree;
  readonly start: KeptStart;
  readonly rounds: Map<string, string>;
}

/**
 * What a pipeline keeps of its work tree out of every worker's reach: what all of them together may write as it was at the start,
 * what the one at work may write as it was before, and by what the tree is known again after a crash.
 */
export class KeptTree {
  readonly worker: WorkerScope;
  readonly #options: TreeOptions;
  readonly #documents: KeptDocuments;
  readonly #walker: Walker;
  readonly #before: WorkTree;
  readonly #start: KeptStart;
  readonly #rounds: Map<string, string>;

  private constructor(options: TreeOptions, { walker, before, start, rounds }: KnownTree) {
    this.#options = options;
    this.#documents = new KeptDocuments(options.documents);
    this.worker = new WorkerScope(this.#documents, { ...options, walker });
    this.#walker = walker;
    this.#before = before;
    this.#start = start;
    this.#rounds = rounds;
  }

  /** Keeps the tree at the start of a pipeline. */
  static async begin(
    options: TreeOptions,
    { scope, before, carried }: {
      /** What all workers together may write. */
      readonly scope: readonly ScopeEntry[];
      readonly before: WorkTree;
      /** What clean checkouts are given of what git ignores. */
      readonly carried: readonly TreePath[];
    },
  ): Promise<KeptTree> {
    const walker = bestWalker();
    const { repository, kept, scratch, environment } = options;
    const { entries } = before;
    await Deno.mkdir(kept, { recursive: true, mode: 0o700 });
    const keep = (folder: string, isChosen: (file: TreePath) => boolean): Promise<CopyRecord> =>
      keepCopy(path.join(kept, folder), { root: repository, entries, isChosen, walker, environment });
    const instructions = await inScratch(
      scratch,
      (folder) => instructionPaths(entries, { before, scratch: folder, environment }),
    );
    const start: KeptStart = {
      scope,
      before,
      kept: await keepScope(path.join(kept, START), { repository, scope, walker, environment }),
      carried: await keep(CARRIED, (file) => isCarried(file, carried)),
      instructions: await keep(INSTRUCTIONS, (file) => instructions.has(file)),
    };
    const tree = new KeptTree(options, { walker, before, start, rounds: new Map() });
    await tree.#documents.keepStart(start);
    await tree.noteIdentity();
    return tree;
  }

  /** Whether a pipeline came to keep its tree: one that did not had no stage either. */
  static async wasBegun(documents: DocumentStore): Promise<boolean> {
    return await new KeptDocuments(documents).isWhole();
  }

  /**
   * Takes up what was kept of the tree by a process that is gone.
   *
   * @throws DispatchError (exit 3) if any of it is not as it was kept
   */
  static async reopen(options: TreeOptions): Promise<KeptTree> {
    const walker = bestWalker();
    const { environment, repository } = options;
    const documents = new KeptDocuments(options.documents);
    const start = await documents.start();
    const before: WorkTree = {
      ...await readWorkTree(repository, { environment, walker }),
      // What was hidden from git since the start is told by these. No file is known to be untouched.
      entries: new Map(),
      ...start.before,
    };
    const rounds = await documents.rounds();
    const tree = new KeptTree(options, { walker, before, start, rounds });
    await Promise.all([
      tree.#openCopy(START, start.kept.copy),
      tree.#openCopy(CARRIED, start.carried),
      tree.#openCopy(INSTRUCTIONS, start.instructions),
      tree.worker.check(),
    ]);
    return tree;
  }

  /** What was changed since the pipeline's start, as a patch. */
  async diff(): Promise<string> {
    const { repository, environment } = this.#options;
    const { scope, kept, before: { index, ignoreRules } } = this.#start;
    return await inScratch(this.#options.scratch, async (scratch) => {
      const { changed, patch } = await readPartialWork(this.#at(START), {
        repository,
        scope,
        kept,
        walker: this.#walker,
        environment,
      });
      const untracked = changed.filter((each) => !index.has(each));
      const ignored = await ignoredBy(ignoreRules, untracked, { scratch, environment });
      const { bytes, omits } = await patch(changed.filter((each) => !ignored.has(each)), scratch);
      return new TextDecoder().decode(bytes) +
        omits.map((each) => `# changed and not in this patch: ${showPath(each)}\n`).join("");
    });
  }

  /** What each stage's last run changed, as a patch. */
  roundDiffs(): ReadonlyMap<string, string> {
    return this.#rounds;
  }

  /** Keeps what a run changed. */
  async afterRun(stage: string, { policy }: Conclusion): Promise<void> {
    const patch = await Deno.readTextFile(path.join(policy.run_dir, ARTIFACTS.patch)).catch(() => "");
    this.#rounds.set(stage, patch);
    await this.#documents.keepRounds(this.#rounds);
  }

  /** Notes by what the tree is known again. */
  async noteIdentity(): Promise<void> {
    await this.#documents.keepIdentity(await this.#identity());
  }

  /** What differs from the tree as it was noted, but for what the entries grant. */
  async changesSince(without: readonly ScopeEntry[]): Promise<string[]> {
    return identityDifferences(await this.#documents.identity(), await this.#identity(), without);
  }

  /** A clean checkout of the tree as it is now, with the instructions and these ignored paths as they were at the start. */
  async openCheckout(carried: readonly TreePath[]): Promise<CleanCheckout> {
    const { repository, environment, scratch } = this.#options;
    const walker = this.#walker;
    const isOfStage = (file: TreePath): boolean => isCarried(file, carried);
    const isOfTree = (file: TreePath): boolean => isInstruction(file) && !isOfStage(file);
    const { instructions: told, carried: brought } = this.#start;
    const overlays = [
      await overlayOf(this.#at(INSTRUCTIONS), { record: told, walker, replaces: isOfTree }),
      await overlayOf(this.#at(CARRIED), { record: brought, walker, replaces: isOfStage }),
    ];
    return await openCleanCheckout(repository, {
      environment,
      parent: scratch,
      before: this.#before,
      records: [this.#records],
      overlays,
      walker,
    });
  }

  /**
   * What takes the place of instructions that were changed since the start, for a stage that works there, in the tree or a checkout
   * of it; undefined where none were.
   */
  async instructions(workdir: string, checkout?: CleanCheckout): Promise<InstructionsOverride | undefined> {
    const { repository, environment } = this.#options;
    const kept = await this.#openCopy(INSTRUCTIONS, this.#start.instructions);
    // A checkout has those of before, but for what lies behind a link.
    if (checkout && linksIn(kept).length === 0) return undefined;
    return await inScratch(this.#options.scratch, (scratch) =>
      instructionsOverride({
        kept: this.#at(INSTRUCTIONS),
        repository: checkout?.root ?? repository,
        workdir,
        walker: this.#walker,
        before: this.#start.before,
        scratch,
        environment,
      }));
  }

  async #identity(): Promise<TreeIdentity> {
    const { repository, environment } = this.#options;
    return await readTreeIdentity(repository, { environment, walker: this.#walker, records: this.#records });
  }

  async #openCopy(name: string, record: CopyRecord): Promise<Entries> {
    return await openCopy(this.#at(name), { record, walker: this.#walker });
  }

  get #records(): TreePath {
    const { repository, workdir } = this.#options;
    return path.relative(repository, path.join(workdir, RECORDS_FOLDER));
  }

  #at(name: string): string {
    return path.join(this.#options.kept, name);
  }
}

/** Gives a folder of its own to whoever needs one for a moment. */
async function inScratch<Result>(
  parent: string,
  work: (scratch: string) => Promise<Result>,
): Promise<Result> {
  const scratch = await Deno.makeTempDir({ dir: parent });
  try {
    return await work(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
