import * as path from "node:path";
import { type Aftermath, type AftermathOptions, readAftermath } from "../evidence/aftermath.ts";
import { type Baseline, takeBaseline } from "../evidence/baseline.ts";
import type { Walker } from "../evidence/entry.ts";
import { judge, type Judgement, type Rules } from "../evidence/judge.ts";
import { linksLeadingOut, type OutsideTargets, readOutside } from "../evidence/outside_links.ts";
import { compileScope } from "../evidence/scope.ts";
import { refuseUnlisted } from "../evidence/unlisted_folders.ts";
import { bestWalker } from "../evidence/walker.ts";
import { WalkThread } from "../evidence/walk_thread.ts";
import type { Packet } from "../packet/check_packet.ts";
import { RECORDS_FOLDER } from "../records/folders.ts";
import { isAboutRun } from "../records/run_folder.ts";
import type { RunMode } from "../records/run_id.ts";

export interface ExamineOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** A folder outside of the repository. */
  readonly scratch: string;
  /** The folder of the run directories. */
  readonly runs: string;
}

/** From so many entries on a second thread is worth its start, which costs as much as to look at so many of them. */
const WORTH_A_THREAD = 10_000;

/** A work tree before and after one run. */
export class Examination {
  readonly baseline: Baseline;
  readonly walker: Walker;
  readonly #outside: OutsideTargets;
  readonly #options: ExamineOptions;
  readonly #clock = clockDifference();
  #isOver = false;
  #thread: WalkThread | undefined;

  private constructor(baseline: Baseline, outside: OutsideTargets, walker: Walker, options: ExamineOptions) {
    this.baseline = baseline;
    this.walker = walker;
    this.#outside = outside;
    this.#options = options;
  }

  /** Looks at the tree before the run. */
  static async begin(packet: Packet, options: ExamineOptions): Promise<Examination> {
    const walker = bestWalker();
    const baseline = await takeBaseline(packet.repository, { ...options, walker });
    const waived = compileScope(packet.waive.map(({ entry }) => entry));
    refuseUnlisted(baseline.entries, { user: Deno.uid(), isWaived: waived });
    const links = await linksLeadingOut({ ...baseline, isWaived: waived });
    return new Examination(baseline, await readOutside(packet.repository, links, walker), walker, options);
  }

  /** Makes ready for the second look, while Codex works. `threads` is the module that a thread of this program begins in. */
  prepareEnd(threads: string | undefined): void {
    const isWorth = this.baseline.entries.size >= WORTH_A_THREAD && navigator.hardwareConcurrency > 1;
    if (threads !== undefined && isWorth && !this.#isOver) this.#thread = WalkThread.start(threads);
  }

  /** Looks at it again, and judges. `ownRecords` tells the paths that codex-dispatch itself wrote. */
  async end(
    rules: Rules,
    ownRecords: AftermathOptions["ownRecords"],
  ): Promise<{ readonly aftermath: Aftermath; readonly judgement: Judgement }> {
    // A clock that was set back makes old times of new changes.
    const distrustTimes = Math.abs(clockDifference() - this.#clock) > 1_000;
    this.#isOver = true;
    using thread = this.#thread;
    const aftermath = await readAftermath(this.baseline, {
      ...this.#options,
      thread,
      walker: this.walker,
      outside: this.#outside,
      isRunFolder: (folder) =>
        path.dirname(folder) === this.#options.runs && isAboutRun(path.basename(folder)),
      ownRecords,
      distrustTimes,
    });
    return { aftermath, judgement: judge(this.baseline, aftermath, rules) };
  }
}

/** Looks at the tree that a clean checkout was made of, before the run in the checkout. */
export async function beginOriginal(original: Packet, options: ExamineOptions): Promise<Examination> {
  const scratch = path.join(options.scratch, "original");
  await Deno.mkdir(scratch, { mode: 0o700 });
  return await Examination.begin(original, { ...options, scratch });
}

/** The judgement of a run in a clean checkout, with what became of the tree that the checkout was made of. Pure. */
export function withOriginal(checkout: Judgement, original: Judgement): Judgement {
  return {
    ...checkout,
    git: original.git,
    violations: [
      ...checkout.violations,
      ...original.violations.map((violation) => ({
        ...violation,
        detail: `In the work tree itself, not in the checkout: ${violation.detail}`,
      })),
    ],
    changes: [...checkout.changes, ...original.changes],
    outOfScope: [...checkout.outOfScope, ...original.outOfScope],
    tolerated: [...checkout.tolerated, ...original.tolerated],
    waived: [...checkout.waived, ...original.waived],
    messages: [...checkout.messages, ...original.messages],
  };
}

/** The rules that a packet sets, for who works by it, with the flag of the caller. */
export function rulesOf(
  packet: Packet,
  { mode, strictIgnored }: { readonly mode: RunMode; readonly strictIgnored: boolean },
): Rules {
  const { allowCommits } = packet.fields;
  const { scope, ignoredWrites, waive } = packet;
  const records = path.relative(packet.repository, path.join(packet.workdir, RECORDS_FOLDER));
  return { mode, scope, ignoredWrites, waive, allowCommits, strictIgnored, records };
}

/** Milliseconds between the wall clock and the one that only goes forward. */
function clockDifference(): number {
  return Date.now() - performance.now();
}
