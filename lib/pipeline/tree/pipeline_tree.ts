import * as path from "node:path";
import * as z from "zod/mini";
import { refusal } from "../../base/errors.ts";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import type { Conclusion } from "../../dispatch/conclude.ts";
import type { Walker } from "../../evidence/entry.ts";
import { isRepository, linksIn } from "../../evidence/entry_lookups.ts";
import { ignoredBy } from "../../evidence/ignore_rules.ts";
import { bestWalker } from "../../evidence/walker.ts";
import type { Packet } from "../../packet/check_packet.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { RECORDS_FOLDER } from "../../records/folders.ts";
import { ARTIFACTS } from "../../records/artifacts.ts";
import { writeWhole } from "../../records/write_file.ts";
import { type CleanCheckout, openCleanCheckout } from "./clean_checkout.ts";
import { isCarried } from "./carried.ts";
import {
  instructionPaths,
  type InstructionsOverride,
  instructionsOverride,
  isInstruction,
} from "./instructions.ts";
import { keepEntries, keptFolder, overlayOf } from "./kept_entries.ts";
import { keepScope, lostSentence, type PartialWork, readPartialWork, type ScopePlace } from "./kept_scope.ts";
import { removeTree } from "./remove_tree.ts";
import { identityDifferences, readTreeIdentity } from "./tree_identity.ts";
import { readWorkTree, type WorkTree } from "./work_tree.ts";

export interface TreeOptions {
  readonly repository: string;
  readonly workdir: string;
  /** Folder out of every tree, for what outlives the process. */
  readonly kept: string;
  /** Folder out of every tree, for what does not. */
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
}

const START = "start";
const STAGE = "stage";
const IDENTITY = "tree.json";
const SCOPE = "scope.json";
const BEFORE = "before.json";
const ROUND_DIFFS = "round_diffs";

/**
 * What a pipeline keeps of its work tree out of every worker's reach: what all of them together may write as it was at the start,
 * what the one at work may write as it was before, and by what the tree is known again after a crash.
 */
export class KeptTree {
  readonly #options: TreeOptions;
  readonly #walker: Walker;
  readonly #before: WorkTree;
  /** What all workers together may write. */
  readonly #scope: readonly ScopeEntry[];
  readonly #rounds: Map<string, string>;

  private constructor(
    options: TreeOptions,
    { walker, before, scope, rounds }: {
      readonly walker: Walker;
      readonly before: WorkTree;
      readonly scope: readonly ScopeEntry[];
      readonly rounds: Map<string, string>;
    },
  ) {
    this.#options = options;
    this.#walker = walker;
    this.#before = before;
    this.#scope = scope;
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
    const tree = new KeptTree(options, { walker, before, scope, rounds: new Map() });
    await Deno.mkdir(options.kept, { recursive: true, mode: 0o700 });
    await keepScope(tree.#at(START), tree.#place(scope));
    writeWhole(tree.#at(SCOPE), JSON.stringify(scope));
    const { repository: root, kept, environment } = options;
    const { entries } = before;
    const isChosen = (file: TreePath): boolean => isCarried(file, carried);
    await keepEntries(keptFolder(kept, "carried"), { root, entries, isChosen, environment });
    const instructions = instructionPaths(entries);
    await keepEntries(keptFolder(kept, "instructions"), {
      root,
      entries,
      isChosen: (file) => instructions.has(file),
      environment,
    });
    const { index, ignoreRules } = before;
    const start = { index: [...index], ignoreRules: { ...ignoreRules, inTree: [...ignoreRules.inTree] } };
    writeWhole(tree.#at(BEFORE), JSON.stringify(start));
    await tree.noteIdentity();
    return tree;
  }

  /** Whether a pipeline came to keep its tree: one that did not had no stage either. */
  static async wasBegun(kept: string): Promise<boolean> {
    return await Deno.lstat(path.join(kept, IDENTITY)).then(() => true, () => false);
  }

  /** Takes up what was kept of the tree by a process that is gone. */
  static async reopen(options: TreeOptions): Promise<KeptTree> {
    const walker = bestWalker();
    const { environment, repository, kept } = options;
    const { index, ignoreRules } = BeforeSchema.parse(
      JSON.parse(await Deno.readTextFile(path.join(kept, BEFORE))),
    );
    const before: WorkTree = {
      ...await readWorkTree(repository, { environment, walker }),
      // What was hidden from git since the start is told by these. No file is known to be untouched.
      entries: new Map(),
      index: new Map(index),
      ignoreRules: { ...ignoreRules, inTree: new Map(ignoreRules.inTree) },
    };
    const scope = ScopeSchema.parse(JSON.parse(await Deno.readTextFile(path.join(kept, SCOPE))));
    const rounds = new Map<string, string>();
    const folder = path.join(kept, ROUND_DIFFS);
    for (const { name } of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
      rounds.set(name.replace(/\.patch$/, ""), await Deno.readTextFile(path.join(folder, name)));
    }
    return new KeptTree(options, { walker, before, scope, rounds });
  }

  /** What was changed since the pipeline's start, as a patch. */
  async diff(): Promise<string> {
    const { environment, scratch: parent } = this.#options;
    const scratch = await Deno.makeTempDir({ dir: parent, prefix: "diff-" });
    try {
      const { changed, patch } = await readPartialWork(this.#at(START), this.#place(this.#scope));
      const { index, ignoreRules } = this.#before;
      const untracked = changed.filter((each) => !index.has(each));
      const ignored = await ignoredBy(ignoreRules, untracked, { scratch, environment });
      const { bytes, omits } = await patch(changed.filter((each) => !ignored.has(each)), scratch);
      return new TextDecoder().decode(bytes) +
        omits.map((each) => `# changed and not in this patch: ${showPath(each)}\n`).join("");
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  }

  /** What each stage's last run changed, as a patch. */
  roundDiffs(): ReadonlyMap<string, string> {
    return this.#rounds;
  }

  /** Keeps what a worker may write, before it does. */
  async beforeWorker(packet: Packet, at: StageRound): Promise<void> {
    const scope = [...packet.scope, ...packet.ignoredWrites];
    const fresh = `${this.#at(STAGE)}.new`;
    await keepScope(fresh, this.#place(scope));
    writeWhole(path.join(fresh, SCOPE), JSON.stringify({ ...at, scope }));
    // Killed in between, nothing is kept, and no worker was started either.
    const old = `${this.#at(STAGE)}.old`;
    await removeTree(old, this.#options.environment);
    await Deno.rename(this.#at(STAGE), old).catch(() => {});
    await Deno.rename(fresh, this.#at(STAGE));
    await removeTree(old, this.#options.environment);
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
    const scope = await this.scopeOf(at);
    return scope && await readPartialWork(this.#at(STAGE), this.#place(scope));
  }

  /** What a worker that was about to start may write; undefined if it was not. */
  async scopeOf(at: StageRound): Promise<readonly ScopeEntry[] | undefined> {
    const text = await Deno.readTextFile(path.join(this.#at(STAGE), SCOPE)).catch(() => undefined);
    const kept = text === undefined ? undefined : StageScopeSchema.parse(JSON.parse(text));
    return kept?.stage === at.stage && kept.round === at.round ? kept.scope : undefined;
  }

  /** Keeps what a run changed. */
  async afterRun(stage: string, { policy }: Conclusion): Promise<void> {
    const patch = await Deno.readTextFile(path.join(policy.run_dir, ARTIFACTS.patch)).catch(() => "");
    this.#rounds.set(stage, patch);
    await Deno.mkdir(this.#at(ROUND_DIFFS), { recursive: true, mode: 0o700 });
    writeWhole(path.join(this.#at(ROUND_DIFFS), `${stage}.patch`), patch);
  }

  /** Notes by what the tree is known again. */
  async noteIdentity(): Promise<void> {
    const identity = await this.#identity();
    writeWhole(this.#at(IDENTITY), JSON.stringify([...identity]));
  }

  /** What differs from the tree as it was noted, but for what the entries grant. */
  async changesSince(without: readonly ScopeEntry[]): Promise<string[]> {
    const noted = IdentitySchema.parse(JSON.parse(await Deno.readTextFile(this.#at(IDENTITY))));
    return identityDifferences(new Map(noted), await this.#identity(), without);
  }

  /** A clean checkout of the tree as it is now, with the instructions and these ignored paths as they were at the start. */
  async openCheckout(carried: readonly TreePath[]): Promise<CleanCheckout> {
    const { repository, environment, scratch, kept } = this.#options;
    const walker = this.#walker;
    const overlays = await Promise.all([
      overlayOf(keptFolder(kept, "instructions"), { walker, replaces: isInstruction }),
      overlayOf(keptFolder(kept, "carried"), { walker, replaces: (file) => isCarried(file, carried) }),
    ]);
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
    const { repository, kept } = this.#options;
    const walker = this.#walker;
    const folder = keptFolder(kept, "instructions");
    // A checkout has those of before, but for what lies behind a link.
    if (checkout && linksIn(await walker.walk(folder, isRepository)).length === 0) return undefined;
    return await instructionsOverride({
      kept: folder,
      repository: checkout?.root ?? repository,
      workdir,
      walker,
    });
  }

  async #identity(): Promise<ReadonlyMap<string, string>> {
    const { repository, environment } = this.#options;
    return await readTreeIdentity(repository, { environment, walker: this.#walker, records: this.#records });
  }

  get #records(): TreePath {
    const { repository, workdir } = this.#options;
    return path.relative(repository, path.join(workdir, RECORDS_FOLDER));
  }

  #place(scope: readonly ScopeEntry[]): ScopePlace {
    const { repository, environment } = this.#options;
    return { repository, scope, walker: this.#walker, environment };
  }

  #at(name: string): string {
    return path.join(this.#options.kept, name);
  }
}

/** A stage in one of its rounds. */
export interface StageRound {
  readonly stage: string;
  readonly round: number;
}

const IdentitySchema = z.array(z.tuple([z.string(), z.string()]));

const BeforeSchema = z.object({
  index: z.array(z.tuple([
    z.string(),
    z.object({ tag: z.string(), mode: z.string(), object: z.string() }),
  ])),
  ignoreRules: z.object({
    inTree: z.array(z.tuple([z.string(), z.string()])),
    infoExclude: z.string(),
    globalExcludes: z.string(),
    ignoreCase: z.boolean(),
  }),
});

const EntryHead = { text: z.string(), negated: z.boolean() };
const ScopeSchema = z.array(z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("path"), ...EntryHead, path: z.string() }),
  z.object({
    kind: z.literal("glob"),
    ...EntryHead,
    base: z.string(),
    glob: z.string(),
    folder: z.boolean(),
  }),
]));
const StageScopeSchema = z.object({ stage: z.string(), round: z.number(), scope: ScopeSchema });
