import { messageOf } from "../base/errors.ts";
import { evaluate } from "../base/expressions.ts";
import { budgetObjection, tooDear } from "./budget.ts";
import { afterFailure } from "./loop.ts";
import type { Pipeline, Stage } from "./pipeline.ts";
import { nextSteps } from "./plan.ts";
import { regressionOf } from "./regression.ts";
import type { PipelineProgress } from "./progress.ts";
import type { Attempt, PipelineState } from "./state.ts";
import { StateBook } from "./state_book.ts";
import { type Stop, stopOf } from "./stop.ts";
import { failedToStart } from "./unstarted.ts";

/** What running a pipeline takes from those who do the work of its stages and keep its state. */
export interface PipelineWork {
  /** Runs a stage to its gate. Expected failures are attempts; what is thrown is a fault of ours. */
  readonly attempt: (
    stage: Exclude<Stage, { kind: "approve" }>,
    state: PipelineState,
    limits: { readonly timeLeft: number | null },
  ) => Promise<Attempt>;
  /** The values that the stage's expressions read. */
  readonly values: (stage: Stage, state: PipelineState) => Promise<Readonly<Record<string, unknown>>>;
  readonly save: (state: PipelineState) => Promise<void>;
  readonly report: (progress: PipelineProgress) => void;
  readonly interrupt: AbortSignal;
  /** How many read-only stages may run side by side. */
  readonly jobs: number;
}

/**
 * Takes a pipeline from the state it is in to its end: starts what can start, judges what ended, goes back, skips, stops. The state
 * is saved after every step.
 */
export async function runPipeline(
  pipeline: Pipeline,
  state: PipelineState,
  { resumption = {}, ...work }: PipelineWork & { readonly resumption?: Resumption | undefined },
): Promise<PipelineState> {
  return await new PipelineRun(pipeline, state, work).toItsEnd(resumption);
}

/** What is known of a pipeline that is taken up, beside its state. */
export interface Resumption {
  /** What a person said to the stage that waited. */
  readonly answered?: Attempt | undefined;
  /** Stages that ran when the process ended. */
  readonly unfinished?: readonly string[];
}

class PipelineRun {
  readonly #pipeline: Pipeline;
  readonly #work: PipelineWork;
  readonly #book: StateBook;
  readonly #running = new Map<string, Promise<Attempt>>();
  /** Gates that said no while other stages still ran. */
  readonly #failed: Attempt[];
  /** What ran when the process before this one ended, and has to be run before anything else. */
  #unfinished: readonly string[] = [];
  /** What was thrown that is no fault of the stage: it is thrown on when the state is saved. */
  #fault: { readonly error: unknown } | undefined;
  #stop: Stop | undefined;

  constructor(pipeline: Pipeline, state: PipelineState, work: PipelineWork) {
    this.#pipeline = pipeline;
    this.#work = work;
    this.#book = new StateBook(pipeline, state);
    this.#failed = this.#book.undecidedFailures();
  }

  async toItsEnd({ answered, unfinished = [] }: Resumption): Promise<PipelineState> {
    if (answered) this.#settle(answered);
    this.#unfinished = unfinished;
    await this.#save();
    while (true) {
      await this.#startUnfinished();
      if (!this.#stop && this.#failed.length === 0) await this.#startWhatCan();
      if (this.#running.size > 0) {
        this.#settle(await Promise.race(this.#running.values()));
      } else if (this.#failed.length > 0 && !this.#stop) {
        this.#afterFailures();
      } else break;
      await this.#save();
    }
    this.#finish();
    await this.#save();
    if (this.#fault) throw this.#fault.error;
    this.#work.report({ kind: "ended", state: this.#book.state });
    return this.#book.state;
  }

  async #startUnfinished(): Promise<void> {
    while (!this.#stop && this.#unfinished.length > 0 && this.#running.size < this.#work.jobs) {
      const [id = "", ...rest] = this.#unfinished;
      this.#unfinished = rest;
      await this.#begin(this.#book.stage(id));
    }
  }

  /** Starts and skips until nothing more can be. */
  async #startWhatCan(): Promise<void> {
    while (!this.#stop && this.#unfinished.length === 0) {
      const { start, skip } = nextSteps(this.#pipeline, this.#book.progress(), this.#work.jobs);
      for (const { stage, because } of skip) this.#skip(stage, `It needs "${because}", which was skipped.`);
      const stage = start[0];
      if (stage) await this.#begin(stage);
      else if (skip.length === 0) return;
      await this.#save();
    }
  }

  async #begin(stage: Stage): Promise<void> {
    if (this.#work.interrupt.aborted) return this.#stopFor(stopOf.signal(this.#work.interrupt));
    const condition = await this.#condition(stage);
    if (condition === false) return this.#skip(stage, `Its condition "${stage.if?.text}" is not true.`);
    if (typeof condition === "string") {
      return this.#settle(
        failedToStart(stage, this.#book.round(stage.id), "a condition that can be worked out", condition),
      );
    }
    const spent = this.#book.spent();
    const objection = budgetObjection(this.#pipeline.budget, spent);
    if (objection !== undefined) {
      return this.#stopFor(stopOf.budget(stage.id, objection));
    }
    if (stage.kind === "approve") return await this.#wait(stage);
    const round = this.#book.round(stage.id);
    this.#book.setStage(stage.id, { status: "running", note: null });
    this.#work.report({ kind: "stage-started", stage: stage.id, round });
    await this.#save();
    const { time } = this.#pipeline.budget;
    const timeLeft = time === null ? null : Math.max(1, time - spent.time);
    const attempt = this.#work.attempt(stage, this.#book.state, { timeLeft }).catch((error: unknown) => {
      this.#fault ??= { error };
      return failedToStart(stage, round, "no fault of codex-dispatch", messageOf(error));
    });
    this.#running.set(stage.id, attempt);
  }

  /** Whether the stage's condition holds; a sentence where that cannot be said. */
  async #condition(stage: Stage): Promise<boolean | string> {
    if (!stage.if) return true;
    try {
      return evaluate(stage.if, await this.#work.values(stage, this.#book.state)) === true;
    } catch (error) {
      return `${messageOf(error)}, in "${stage.if.text}"`;
    }
  }

  async #wait(stage: Extract<Stage, { kind: "approve" }>): Promise<void> {
    let text: string;
    try {
      const { renderTemplate } = await import("./render_template.ts");
      text = renderTemplate(stage.text, await this.#work.values(stage, this.#book.state));
    } catch (error) {
      return this.#settle(
        failedToStart(stage, this.#book.round(stage.id), "a text that can be worked out", messageOf(error)),
      );
    }
    this.#book.setStage(stage.id, { status: "waiting", note: text });
    this.#stopFor(stopOf.waiting(stage.id, { pipeline: this.#book.state.id, text }));
  }

  /** Takes up what a stage's gate said. */
  #settle(attempt: Attempt): void {
    this.#running.delete(attempt.stage);
    this.#book.addAttempt(attempt);
    this.#work.report({ kind: "stage-ended", attempt });
    if (attempt.status === "repeated") {
      // The same stage, in the same round: the failure was none of the work.
      this.#book.setStage(attempt.stage, {
        status: "pending",
        note: "Repeated after a failure of the network or of capacity.",
      });
      return;
    }
    this.#book.setStage(attempt.stage, { status: attempt.status, note: null });
    if (attempt.status === "failed") this.#failed.push(attempt);
    else if (attempt.status === "interrupted") {
      this.#stopFor(stopOf.signal(this.#work.interrupt, attempt.stage));
    } else if (attempt.status === "violated") {
      this.#stopFor(stopOf.violation(attempt.stage));
    }
  }

  /** What follows once nothing runs any more and gates said no: one that stops decides over those that go back. */
  #afterFailures(): void {
    const back: { from: string; to: string }[] = [];
    for (const attempt of this.#failed.splice(0)) {
      const stage = this.#book.stage(attempt.stage);
      const decision = afterFailure(stage.onFail, {
        failure: attempt.failure ?? { kind: "reasons", reasons: attempt.reasons },
        earlier: this.#book.failuresBefore(attempt),
        returns: this.#book.returnsOf(stage.id),
        regression: regressionOf(attempt, this.#book.state.attempts, stage),
        tooDear: this.#tooDear(stage),
      });
      if (decision.kind === "continue") {
        this.#book.setStage(stage.id, { continued: true, note: "Its gate said no; on_fail: continue." });
      } else if (decision.kind === "return") back.push({ from: stage.id, to: decision.to });
      else {
        this.#stopFor(stopOf.gate(stage.id, { pipeline: this.#book.state.id, why: decision.why }));
        return;
      }
    }
    if (back.length === 0) return;
    const round = this.#book.beginRound(back);
    for (const { from, to } of back) this.#work.report({ kind: "went-back", from, to, round });
  }

  #tooDear(stage: Stage): string | undefined {
    if (stage.onFail.kind !== "return") return undefined;
    const last = this.#book.lastRoundFrom(stage.onFail.to);
    return tooDear(this.#pipeline.budget, this.#book.spent(), last);
  }

  #skip(stage: Stage, because: string): void {
    this.#book.setStage(stage.id, { status: "skipped", note: because });
    this.#work.report({ kind: "stage-skipped", stage: stage.id, because });
  }

  #stopFor(stop: Stop): void {
    // The first stop is the cause; an interruption is what ended it all the same.
    if (!this.#stop || stop.status === "violated" || stop.status === "interrupted") this.#stop = stop;
  }

  #finish(): void {
    const stop = this.#stop;
    if (stop?.status === "failed" || stop?.status === "violated") {
      for (const stage of this.#pipeline.stages) {
        if (this.#book.stageState(stage.id).status === "pending") {
          this.#skip(stage, "The pipeline stopped before it.");
        }
      }
    }
    this.#book.finish(stop);
  }

  async #save(): Promise<void> {
    this.#book.noteTime();
    await this.#work.save(this.#book.state);
  }
}
