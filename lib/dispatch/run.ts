import * as path from "node:path";
import { renderStatus } from "../evidence/status.ts";
import type { Reversal } from "../evidence/reversal.ts";
import { endRunningCommands } from "../process/run_command.ts";
import { ARTIFACTS } from "../records/artifacts.ts";
import { openRunsFolder } from "../records/folders.ts";
import { sweepRunsFolder, sweepState } from "../records/sweep_state.ts";
import { DispatchError } from "../base/errors.ts";
import { type StopSignal, stopSignalOf } from "../base/stop_signal.ts";
import { isStorageError } from "../base/storage_error.ts";
import { unlessAborted } from "../base/unless_aborted.ts";
import { type ClosedRun, closeRun, closeUnjudged } from "./close_run.ts";
import { conclude, type Conclusion, withMessages, withUnmet } from "./conclude.ts";
import type { DispatchContext } from "./context.ts";
import { endBeforeCodex, endRefused, stoppedBeforeRun } from "./end_before_codex.ts";
import { lookAfter, type SeenAfter } from "./look_after.ts";
import { findTools, NO_TOOLS, type OpenedRun, openRun, type Tools } from "./open_run.ts";
import { unmetRequirements } from "./requirements.ts";
import type { RunEnd } from "./run_end.ts";
import type { RunParts } from "./run_parts.ts";
import { lookBefore, type Trees } from "./trees.ts";
import { Turn } from "./turn.ts";
import { promptOf, setUpCheckout, unmetByCommands, work } from "./work.ts";

/** The order of one run, from its turn at the tree to its close. */
export class Run {
  readonly #parts: RunParts;
  readonly #turn: Turn;
  #reversal: Reversal | undefined;
  /** What of the record there will not be. */
  readonly #lost: string[] = [];

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#turn = new Turn(parts);
  }

  /**
   * A caller that goes away is given the run directory before the tree is waited for and looked at. What would have been
   * refused without one is the outcome of that run then.
   */
  async toItsEnd(): Promise<ClosedRun> {
    const { context, options, place, state } = this.#parts;
    const opensFirst = context.detached && !options.noWait;
    if (!opensFirst) await this.#turn.take();
    const runs = await openRunsFolder(place.workdir, options.outputDir);
    // Whoever shares the tree would see it change.
    if (this.#turn.isAlone) await sweepRunsFolder(runs, state);
    const { interrupt } = context;
    if (!context.detached) {
      const looking = (): Promise<[Trees, Tools]> =>
        Promise.all([this.#lookBefore(runs), findTools(this.#parts)]);
      const [trees, tools] = await unlessAborted(looking, interrupt) ?? [undefined, NO_TOOLS];
      return await this.#goOn(trees, await openRun(this.#parts, { runs, tools, turn: this.#turn }));
    }
    const tools = await unlessAborted(() => findTools(this.#parts), interrupt);
    if (opensFirst && interrupt.aborted) throw stoppedBeforeRun(interrupt);
    const opened = await openRun(this.#parts, { runs, tools: tools ?? NO_TOOLS, turn: this.#turn });
    let trees: Trees | undefined;
    try {
      if (opensFirst) await this.#turn.take();
      trees = await unlessAborted(() => this.#lookBefore(runs), interrupt);
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      return await this.#close(opened, this.#conclude(opened, endRefused(error)));
    }
    return await this.#goOn(trees, opened);
  }

  /** Lets others into the tree. */
  release(): void {
    this.#turn.release();
  }

  async #lookBefore(runs: string): Promise<Trees> {
    const { packet, place, context: { environment, report }, state, scratch } = this.#parts;
    report({ kind: "step", text: "looking at the work tree" });
    return await lookBefore(packet, place, {
      environment,
      scratch,
      runs,
      state,
      setUp: () => setUpCheckout(this.#parts),
    });
  }

  /** @param trees undefined if the run was interrupted before they were looked at */
  async #goOn(trees: Trees | undefined, opened: OpenedRun): Promise<ClosedRun> {
    try {
      return await this.#judge(trees, opened);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      throw await closeUnjudged(opened.record, opened.unfinished, error);
    } finally {
      trees?.examination.baseline.saved.close();
      trees?.original?.baseline.saved.close();
    }
  }

  async #judge(trees: Trees | undefined, opened: OpenedRun): Promise<ClosedRun> {
    const { context, requirements } = this.#parts;
    const { record } = opened;
    const prompt = promptOf(this.#parts);
    record.keep(ARTIFACTS.prompt, prompt);
    const signal = stopSignal(context);
    if (!trees || signal) {
      endRunningCommands();
      const head = trees?.examination.baseline.status.head ?? null;
      const end: RunEnd = { kind: "interrupted-before-codex", signal: signal ?? "SIGTERM", head };
      return await this.#close(opened, this.#conclude(opened, end));
    }
    const { baseline } = trees.examination;
    record.keep(ARTIFACTS.statusBefore, renderStatus(baseline.status.entries));
    record.keep(ARTIFACTS.diffStatBefore, baseline.diffStat);

    const early = endBeforeCodex(baseline, this.#parts);
    const end = early ?? await this.#run(trees, { prompt, opened });
    const conclusion = this.#conclude(opened, end);
    const gated = withUnmet(
      this.#turn.wasLost ? withMessages(conclusion, [LOCK_LOST]) : conclusion,
      end.kind === "ran"
        ? [
          ...trees.setUp?.unmet ?? unmetByCommands(end, context),
          ...await unmetRequirements(requirements, conclusion),
        ]
        : [],
    );
    return await this.#close(opened, gated, end.kind === "unexamined");
  }

  async #run(
    trees: Trees,
    { prompt, opened }: { readonly prompt: string; readonly opened: OpenedRun },
  ): Promise<RunEnd> {
    const { context, state, runId } = this.#parts;
    const { record } = opened;
    const working = trees.setUp ? Promise.resolve(trees.setUp.end) : work(prompt, {
      ...this.#parts,
      ...opened,
      context: this.#turn.contextWithin(),
      onUnderWay: () => {
        for (const each of [trees.examination, trees.original]) each?.prepareEnd(context.threads);
      },
    });
    const [ended] = await Promise.all([working, sweepState(state, runId)]);
    record.workEnded();
    record.keep(ARTIFACTS.stderr, ended.stderr);
    const looking = (): Promise<SeenAfter> => lookAfter(trees, { ...this.#parts, ended, record });
    const seen = await unlessAborted(looking, context.abandon);
    if (seen) {
      this.#reversal = seen.reversal;
      this.#lost.push(...seen.lost);
      return { ...ended, ...seen.findings, kind: "ran", stoppedBy: stopSignal(context) };
    }
    endRunningCommands();
    const { head } = trees.examination.baseline.status;
    return { ...ended, kind: "unexamined", stoppedBy: stopSignal(context) ?? "SIGTERM", head };
  }

  #conclude({ facts }: OpenedRun, end: RunEnd): Conclusion {
    return conclude({ ...facts, ...this.#turn.times }, end, this.#turn.elapsed());
  }

  /** @param isUnexamined nobody looked what was done to the record */
  async #close(
    { record }: OpenedRun,
    conclusion: Conclusion,
    isUnexamined = false,
  ): Promise<ClosedRun> {
    const { packet, place, context, state } = this.#parts;
    const own = path.relative(place.repository, record.folder);
    const wasTampered = isUnexamined ||
      conclusion.policy.violations.some((each) =>
        each.kind === "record-tampered" && each.path !== undefined &&
        (each.path.startsWith(own) || path.isAbsolute(each.path))
      );
    return await closeRun(record, conclusion, {
      objective: packet.fields.objective,
      lost: this.#lost,
      wasTampered,
      workdir: place.workdir,
      state,
      repository: packet.repository,
      reversal: this.#reversal,
      now: context.now(),
    });
  }
}

/** The signal that interrupts a run; undefined as long as none does. */
function stopSignal({ interrupt }: DispatchContext): StopSignal | undefined {
  return interrupt.aborted ? stopSignalOf(interrupt) : undefined;
}

const LOCK_LOST =
  "The lock of the work tree was taken away during the run: another dispatch may have worked in the " +
  "tree meanwhile, and what it changed is in this verdict.";
