import * as path from "node:path";
import { type CodexProgram, findCodex } from "../codex/find_codex.ts";
import { codexVersion } from "../codex/version.ts";
import { renderStatus } from "../evidence/status.ts";
import { bestWalker } from "../evidence/walker.ts";
import type { Packet } from "../packet/check_packet.ts";
import { type Containment, containment, NOT_CONTAINED, type Supervision } from "../process/contain.ts";
import { endRunningCommands } from "../process/run_command.ts";
import type { StopSignal } from "../process/run_watched.ts";
import type { WorkTreeLock } from "../process/work_tree_lock.ts";
import { openRunsFolder, openStateFolder, runsFolder } from "../records/folders.ts";
import { openScratch } from "../records/live_runs.ts";
import { sweepRunsFolder, sweepState } from "../records/sweep_state.ts";
import { renderResultText } from "../records/result_text.ts";
import { nextRunId } from "../records/next_run_id.ts";
import type { RunMode } from "../records/run_id.ts";
import { ARTIFACTS } from "../records/artifacts.ts";
import type { RunVerdict } from "../records/verdict_files.ts";
import { RunRecord } from "../records/run_record.ts";
import { noteSessionRun } from "../records/session_runs.ts";
import { DispatchError } from "../base/errors.ts";
import { isStorageError } from "../base/storage_error.ts";
import type { TreePath } from "../base/tree_path.ts";
import { unlessAborted } from "../base/unless_aborted.ts";
import { closeRun, closeUnjudged } from "./close_run.ts";
import { conclude, type Conclusion, type RunFacts, withMessages, withUnmet } from "./conclude.ts";
import type { DispatchContext } from "./context.ts";
import { contextWithin, holdForDispatch, warnOfUse } from "./hold_work_tree.ts";
import { endBeforeCodex, endRefused, stoppedBeforeRun } from "./end_before_codex.ts";
import type { RunEnd } from "./run_end.ts";
import { type DispatchOptions, recordedOptions } from "./options.ts";
import { lookAfter, type SeenAfter } from "./look_after.ts";
import { passQuotaGate } from "./quota_gate.ts";
import { lookBefore, type Trees } from "./trees.ts";
import { promptOf, setUpCheckout, unmetByCommands, work } from "./work.ts";
import { readRequirements, type Requirements, unmetRequirements } from "./requirements.ts";

/**
 * One packet from start to verdict. The order is: refuse what can be refused, wait until the tree is free, look at it, run
 * Codex, look again, judge, write it all down.
 *
 * @throws DispatchError for what is refused before there is a run directory (exit 1 or 2)
 */
export async function dispatch(
  packet: Packet,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<Conclusion> {
  const { environment } = context;
  const requirements = await readRequirements(options.require, options.requireVerdict);
  const place = context.part?.original ?? packet;
  const commands = context.part?.commands;
  const [state, codex] = await Promise.all([
    openStateFolder(place.repository, environment),
    options.dryRun || commands ? undefined : findCodex({ given: options.codex, environment }),
  ]);
  if (codex) await passQuotaGate(codex, options, context);
  const mode = commands ? "run" : packet.fields.mode;
  const runs = options.outputDir ?? runsFolder(place.workdir);
  const named = { mode, objective: packet.fields.objective, now: context.now() } as const;
  const runId = await nextRunId(named, { runs, state });
  await using scratch = await openScratch(state, runId);
  const run = new Run({
    packet,
    place,
    options,
    context,
    requirements,
    state,
    codex,
    mode,
    runId,
    scratch: scratch.folder,
  });
  try {
    return await run.toItsEnd();
  } finally {
    run.release();
  }
}

const LOCK_LOST =
  "The lock of the work tree was taken away during the run: another dispatch may have worked in the " +
  "tree meanwhile, and what it changed is in this verdict.";

/** How long the answer about the quota is believed while others work. Milliseconds. */
const QUOTA_HOLDS = 60_000;

interface RunParts {
  /** What is worked on. */
  readonly packet: Packet;
  /** Where the records lie: the same packet, or the one over the tree that its tree is a checkout of. */
  readonly place: Packet;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
  readonly requirements: Requirements;
  readonly state: string;
  readonly codex: CodexProgram | undefined;
  readonly mode: RunMode;
  readonly runId: string;
  readonly scratch: string;
}

interface Tools {
  readonly version: string | null;
  readonly contained: Containment;
}

/** What is told of a run that was interrupted before anybody looked for them. */
const NO_TOOLS: Tools = { version: null, contained: NOT_CONTAINED };

/** A run that has its directory. */
interface Opened {
  readonly facts: RunFacts;
  readonly unfinished: RunVerdict;
  readonly record: RunRecord;
  readonly contained: Containment;
}

class Run {
  readonly #parts: RunParts;
  /** None for a dry run. */
  #lock: WorkTreeLock | undefined;
  /** When the tree was had: what was waited for it is no part of the run. */
  #started: Date;
  #clock = performance.now();
  #patched: readonly TreePath[] = [];
  /** What of the record there will not be. */
  readonly #lost: string[] = [];

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#started = parts.context.now();
  }

  /**
   * A caller that goes away is given the run directory before the tree is waited for and looked at. What would have been
   * refused without one is the outcome of that run then.
   */
  async toItsEnd(): Promise<Conclusion> {
    const { context, options, place, state } = this.#parts;
    const opensFirst = context.detached && !options.noWait;
    if (!opensFirst) await this.#enter();
    const runs = await openRunsFolder(place.workdir, options.outputDir);
    // Whoever shares the tree would see it change.
    if (this.#lock?.shared === false) await sweepRunsFolder(runs, state);
    const { interrupt } = context;
    if (!context.detached) {
      const looking = (): Promise<[Trees, Tools]> => Promise.all([this.#lookBefore(), this.#findTools()]);
      const [trees, tools] = await unlessAborted(looking, interrupt) ?? [undefined, NO_TOOLS];
      return await this.#goOn(trees, await this.#open(runs, tools));
    }
    const tools = await unlessAborted(() => this.#findTools(), interrupt);
    if (opensFirst && interrupt.aborted) throw stoppedBeforeRun(interrupt);
    const opened = await this.#open(runs, tools ?? NO_TOOLS);
    let trees: Trees | undefined;
    try {
      if (opensFirst) await this.#enter();
      trees = await unlessAborted(() => this.#lookBefore(), interrupt);
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      return await this.#close(opened, this.#conclude(opened, endRefused(error)));
    }
    return await this.#goOn(trees, opened);
  }

  /** Lets others into the tree. */
  release(): void {
    this.#lock?.release();
  }

  /** Waits until the tree is free. A dry run changes nothing and waits for nobody. */
  async #enter(): Promise<void> {
    const { place, packet, options, context, codex, mode, runId } = this.#parts;
    if (options.dryRun) await warnOfUse(place.repository, context);
    else {
      this.#lock = await holdForDispatch({
        repository: place.repository,
        // What works in a checkout only looks at the tree that it was made from.
        shared: place !== packet || (mode !== "worker" && mode !== "run"),
        holder: { what: `${mode} run`, id: runId },
        noWait: options.noWait,
      }, context);
      if (codex && this.#lock.waited > QUOTA_HOLDS) await passQuotaGate(codex, options, context);
    }
    this.#started = context.now();
    this.#clock = performance.now();
  }

  async #lookBefore(): Promise<Trees> {
    const { packet, place, context: { environment, report }, state, scratch } = this.#parts;
    report({ kind: "step", text: "looking at the work tree" });
    return await lookBefore(packet, place, {
      environment,
      scratch,
      state,
      setUp: () => setUpCheckout(this.#parts),
    });
  }

  async #findTools(): Promise<Tools> {
    const { context: { environment, self, interrupt }, codex, scratch } = this.#parts;
    const [version, contained] = await Promise.all([
      codex ? codexVersion(codex, environment, interrupt) : null,
      containment({ environment, self, scratch }),
    ]);
    return { version, contained };
  }

  async #open(runs: string, { version, contained }: Tools): Promise<Opened> {
    const { context, options, packet, place, state, runId, scratch } = this.#parts;
    const facts = this.#facts(path.join(runs, runId), version, contained.supervision);
    const unfinished = this.#verdict(conclude(facts, { kind: "unfinished" }, this.#elapsed()));
    const record = await RunRecord.open({ runs, runId, scratch }, unfinished);
    record.keep(ARTIFACTS.task, packet.text);
    if (!options.dryRun) {
      const made = { runDir: record.folder, repository: place.repository, at: context.now() };
      noteSessionRun(state, context.environment, made);
    }
    context.report({ kind: "run", runId, folder: record.folder, state });
    return { facts, unfinished, record, contained };
  }

  /** @param trees undefined if the run was interrupted before they were looked at */
  async #goOn(trees: Trees | undefined, opened: Opened): Promise<Conclusion> {
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

  async #judge(trees: Trees | undefined, opened: Opened): Promise<Conclusion> {
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
      this.#lock?.stands() === false ? withMessages(conclusion, [LOCK_LOST]) : conclusion,
      end.kind === "ran"
        ? [
          ...trees.setUp?.unmet ?? unmetByCommands(end, context),
          ...await unmetRequirements(requirements, conclusion),
        ]
        : [],
    );
    return await this.#close(opened, gated, end.kind === "unexamined");
  }

  #conclude({ facts }: Opened, end: RunEnd): Conclusion {
    const times = { startedAt: this.#started, waitedMs: this.#lock?.waited ?? 0 };
    return conclude({ ...facts, ...times }, end, this.#elapsed());
  }

  /** @param isUnexamined nobody looked what was done to the record */
  async #close(
    { record }: Opened,
    conclusion: Conclusion,
    isUnexamined = false,
  ): Promise<Conclusion> {
    const { packet, place, context, state } = this.#parts;
    const own = path.relative(place.repository, record.folder);
    const wasTampered = isUnexamined ||
      conclusion.policy.violations.some((each) =>
        each.kind === "record-tampered" && each.path !== undefined &&
        (each.path.startsWith(own) || path.isAbsolute(each.path))
      );
    return await closeRun(record, conclusion, {
      verdictOf: (each) => this.#verdict(each),
      lost: this.#lost,
      wasTampered,
      workdir: place.workdir,
      state,
      repository: packet.repository,
      patched: this.#patched,
      walker: bestWalker(),
      now: context.now(),
    });
  }

  async #run(
    trees: Trees,
    { prompt, opened }: { readonly prompt: string; readonly opened: Opened },
  ): Promise<RunEnd> {
    const { context, state, runId } = this.#parts;
    const { record } = opened;
    const working = trees.setUp ? Promise.resolve(trees.setUp.end) : work(prompt, {
      ...this.#parts,
      ...opened,
      context: this.#lock ? contextWithin(this.#lock, context) : context,
    });
    for (const each of [trees.examination, trees.original]) each?.prepareEnd(context.threads);
    const [ended] = await Promise.all([working, sweepState(state, runId)]);
    record.workEnded();
    record.keep(ARTIFACTS.stderr, ended.stderr);
    const looking = (): Promise<SeenAfter> => lookAfter(trees, { ...this.#parts, ended, record });
    const seen = await unlessAborted(looking, context.abandon);
    if (seen) {
      this.#patched = seen.patched;
      this.#lost.push(...seen.lost);
      return { ...ended, ...seen.findings, kind: "ran", stoppedBy: stopSignal(context) };
    }
    endRunningCommands();
    const { head } = trees.examination.baseline.status;
    return { ...ended, kind: "unexamined", stoppedBy: stopSignal(context) ?? "SIGTERM", head };
  }

  #facts(runDir: string, codexVersion: string | null, supervision: Supervision): RunFacts {
    const { packet, options, mode, runId } = this.#parts;
    return {
      runId,
      runDir,
      mode,
      workdir: packet.workdir,
      repository: packet.repository,
      writeScope: packet.fields.writeScope.map(({ text }) => text),
      options: recordedOptions(options),
      startedAt: this.#started,
      waitedMs: 0,
      codexVersion,
      supervision,
    };
  }

  #verdict(conclusion: Conclusion): RunVerdict {
    const { objective } = this.#parts.packet.fields;
    return { ...conclusion, resultText: renderResultText(conclusion.policy, conclusion.result, objective) };
  }

  #elapsed(): number {
    return performance.now() - this.#clock;
  }
}

/** The signal that interrupts a run; undefined as long as none does. */
function stopSignal({ interrupt }: DispatchContext): StopSignal | undefined {
  if (!interrupt.aborted) return undefined;
  return interrupt.reason === "SIGINT" ? "SIGINT" : "SIGTERM";
}
