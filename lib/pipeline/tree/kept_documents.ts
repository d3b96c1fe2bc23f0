import * as z from "zod/mini";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { CopyRecordSchema } from "./kept_copy.ts";
import { KeptScopeSchema } from "./kept_scope.ts";
import { type TreeIdentity, TreeIdentitySchema } from "./tree_identity.ts";
import type { RememberedTree } from "./work_tree.ts";

/** Where documents are kept out of every worker's reach: what is read is what was kept, or an error. */
export interface DocumentStore {
  readonly keep: (name: string, text: string) => Promise<void>;
  /** Undefined if nothing was kept under the name. */
  readonly readKept: (name: string) => Promise<string | undefined>;
}

/** A stage in one of its rounds. */
export interface StageRound {
  readonly stage: string;
  readonly round: number;
}

const START = "start.json";
const STAGE = "stage.json";
const IDENTITY = "tree.json";
const ROUNDS = "rounds.json";

/** The documents in which a pipeline keeps what it knows of its tree. */
export class KeptDocuments {
  readonly #store: DocumentStore;

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** Whether all was kept before the first stage: the identity is noted last. */
  async isWhole(): Promise<boolean> {
    return await this.#store.readKept(IDENTITY) !== undefined;
  }

  async keepStart({ before: { index, ignoreRules }, scope, ...kept }: KeptStart): Promise<void> {
    const stored: StoredStart = {
      before: { index: [...index], ignoreRules: { ...ignoreRules, inTree: [...ignoreRules.inTree] } },
      scope: [...scope],
      ...kept,
    };
    await this.#store.keep(START, JSON.stringify(stored));
  }

  async start(): Promise<KeptStart> {
    const { before: { index, ignoreRules }, ...kept } = StartSchema.parse(await this.#read(START));
    const inTree = new Map(ignoreRules.inTree);
    return { ...kept, before: { index: new Map(index), ignoreRules: { ...ignoreRules, inTree } } };
  }

  async keepStage(stage: KeptStage): Promise<void> {
    await this.#store.keep(STAGE, JSON.stringify(stage));
  }

  /** Of the worker that was about to start last; undefined if none was. */
  async stage(): Promise<KeptStage | undefined> {
    const document = await this.#read(STAGE);
    return document === undefined ? undefined : StageSchema.parse(document);
  }

  async keepIdentity(identity: TreeIdentity): Promise<void> {
    await this.#store.keep(IDENTITY, JSON.stringify(identity));
  }

  async identity(): Promise<TreeIdentity> {
    return TreeIdentitySchema.parse(await this.#read(IDENTITY));
  }

  /** Keeps what each stage's last run changed, as a patch. */
  async keepRounds(rounds: ReadonlyMap<string, string>): Promise<void> {
    await this.#store.keep(ROUNDS, JSON.stringify([...rounds]));
  }

  async rounds(): Promise<Map<string, string>> {
    return new Map(RoundsSchema.parse(await this.#read(ROUNDS) ?? []));
  }

  async #read(name: string): Promise<unknown> {
    const text = await this.#store.readKept(name);
    return text === undefined ? undefined : JSON.parse(text);
  }
}

const RoundsSchema = z.array(z.tuple([z.string(), z.string()]));

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

const StartSchema = z.object({
  scope: ScopeSchema,
  before: z.object({
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
  }),
  kept: KeptScopeSchema,
  carried: CopyRecordSchema,
  instructions: CopyRecordSchema,
});
type StoredStart = z.infer<typeof StartSchema>;

/** What is kept before the first stage. */
export interface KeptStart extends Pick<StoredStart, "kept" | "carried" | "instructions"> {
  /** What all workers together may write. */
  readonly scope: readonly ScopeEntry[];
  readonly before: RememberedTree;
}

const StageSchema = z.object({
  stage: z.string(),
  round: z.number(),
  scope: ScopeSchema,
  /** The folder of the copy, in the kept one. */
  folder: z.string(),
  kept: KeptScopeSchema,
});

/** What is kept before a worker. */
export type KeptStage = z.infer<typeof StageSchema>;
