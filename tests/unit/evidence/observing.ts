import { join } from "node:path";
import { type Aftermath, readAftermath } from "../../../lib/evidence/aftermath.ts";
import { type Baseline, takeBaseline } from "../../../lib/evidence/baseline.ts";
import type { Walker } from "../../../lib/evidence/entry.ts";
import { judge, type Judgement, type Rules } from "../../../lib/evidence/judge.ts";
import { linksLeadingOut, type OutsideTargets, readOutside } from "../../../lib/evidence/outside_links.ts";
import { makePatch, type Patch } from "../../../lib/evidence/patch.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { readScopeEntry, type ScopeEntry } from "../../../lib/packet/scope_entry.ts";
import type { TestRepository } from "../../helpers/repository.ts";

/** Opened here and not in a test: the C library stays open. */
const WALKER = bestWalker();

export interface ObserveOptions {
  readonly walker?: Walker;
  readonly distrustTimes?: boolean;
  /** The environment of whoever dispatches; the repository's own unless said. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A work tree before and after some work, read as a dispatch reads it. Disposing removes the scratch folder. */
export class Observation implements AsyncDisposable {
  readonly #scratch: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #walker: Walker;
  readonly baseline: Baseline;
  readonly aftermath: Aftermath;

  private constructor(
    { scratch, env, walker }: { scratch: string; env: Readonly<Record<string, string>>; walker: Walker },
    baseline: Baseline,
    aftermath: Aftermath,
  ) {
    this.#scratch = scratch;
    this.#env = env;
    this.#walker = walker;
    this.baseline = baseline;
    this.aftermath = aftermath;
  }

  static async of(
    repository: TestRepository,
    work: () => Promise<unknown>,
    { walker = WALKER, distrustTimes = false, env = repository.env }: ObserveOptions = {},
  ): Promise<Observation> {
    const { root } = repository;
    const scratch = await Deno.realPath(await Deno.makeTempDir({ prefix: "dispatch-scratch-" }));
    const baseline = await takeBaseline(root, { environment: env, walker, scratch });
    const links = await linksLeadingOut({ ...baseline, isWaived: () => false });
    const outside: OutsideTargets = await readOutside(root, links, walker);
    await work();
    const aftermath = await readAftermath(baseline, {
      environment: env,
      walker,
      scratch,
      outside,
      ownRecords: () => Promise.resolve(new Set()),
      distrustTimes,
    });
    return new Observation({ scratch, env, walker }, baseline, aftermath);
  }

  /** The changes as `path change`. */
  get changes(): string[] {
    return this.aftermath.changes.map(({ path, change }) => `${path} ${change}`);
  }

  judge(rules: RulesInWords = {}): Judgement {
    return judge(this.baseline, this.aftermath, rulesFrom(rules));
  }

  patch(): Promise<Patch> {
    return makePatch(this.baseline, this.aftermath, {
      walker: this.#walker,
      scratch: this.#scratch,
      environment: this.#env,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.baseline.saved.close();
    await Deno.remove(this.#scratch, { recursive: true });
  }
}

/** Rules as a packet writes them. By default those of a worker with the scope `src/`. */
export interface RulesInWords {
  readonly mode?: Rules["mode"];
  readonly scope?: readonly string[];
  readonly ignoredWrites?: readonly string[];
  readonly waive?: readonly string[];
  readonly allowCommits?: boolean;
  readonly strictIgnored?: boolean;
}

function rulesFrom(words: RulesInWords): Rules {
  const { mode = "worker", scope = ["src/"], ignoredWrites = [], waive = [] } = words;
  return {
    mode,
    scope: mode === "worker" ? scopeOf(scope) : [],
    ignoredWrites: scopeOf(ignoredWrites),
    waive: scopeOf(waive).map((entry) => ({ entry, reason: "for a test" })),
    allowCommits: words.allowCommits ?? false,
    strictIgnored: words.strictIgnored ?? false,
    records: ".codex-dispatch",
  };
}

/** Entries of a packet whose WORKDIR is the repository's root, in which nothing stands yet. */
export function scopeOf(texts: readonly string[]): ScopeEntry[] {
  const place = {
    root: "/repository",
    workdir: "/repository",
    workdirAsGiven: "/repository",
    home: undefined,
    exists: () => false,
  };
  return texts.map((text) => {
    const read = readScopeEntry({ text, line: 1, literal: false, marked: true }, place);
    if ("problem" in read) throw new Error(read.problem.message);
    return read.entry;
  });
}

/** Runs a line of shell in the work tree: for what Deno cannot do, such as names that are not UTF-8. */
export async function shell(repository: TestRepository, line: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-ec", line],
    cwd: repository.root,
    env: repository.env,
    clearEnv: true,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`"${line}" failed: ${new TextDecoder().decode(stderr)}`);
}

/** Absolute path of what stands in the work tree. */
export function inside(repository: TestRepository, path: string): string {
  return join(repository.root, path);
}
