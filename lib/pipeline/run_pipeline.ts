import { messageOf } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { evaluate } from "../base/expressions.ts";
import { budgetObjection, spentOf, tooDear } from "./budget.ts";
import { afterFailure } from "./loop.ts";
import type { Pipeline, Stage } from "./pipeline.ts";
import { nextSteps, type StageProgress, stagesFrom } from "./plan.ts";
import { regressionOf } from "./regression.ts";
import type { PipelineProgress } from "./progress.ts";
import type { Attempt, PipelineState, StageState } from "./state.ts";
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
  readonly #running = new Map<string, Promise<Attempt>>();
  /** Gates that said no while other stages still ran. */
  readonly #failed: Attempt[];
  /** What ran when the process before this one ended, and has to be run before anything else. */
  #unfinished: readonly string[] = [];
  readonly #activeBefore: number;
  readonly #clock = performance.now();
  /** What was thrown that is no fault of the stage: it is thrown on when the state is saved. */
  #fault: { readonly error: unknown } | undefined;
  #state: PipelineState;
  #stop: Stop | undefined;

  constructor(pipeline: Pipeline, state: PipelineState, work: PipelineWork) {
    this.#pipeline = pipeline;
    this.#work = work;
    this.#state = { ...state, status: "running", exit_code: EXIT.fault, stopped_by: null };
    this.#activeBefore = state.active_ms;
    this.#failed = state.stages.filter(({ status, continued }) => status === "failed" && !continued)
      .flatMap(({ id }) => state.attempts.findLast(({ stage }) => stage === id) ?? []);
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
    this.#work.report({ kind: "ended", state: this.#state });
    return this.#state;
  }

  async #startUnfinished(): Promise<void> {
    while (!this.#stop && this.#unfinished.length > 0 && this.#running.size < this.#work.jobs) {
      const [id = "", ...rest] = this.#unfinished;
      this.#unfinished = rest;
      await this.#begin(this.#stage(id));
    }
  }

  /** Starts and skips until nothing more can be. */
  async #startWhatCan(): Promise<void> {
    while (!this.#stop && this.#unfinished.length === 0) {
      const { start, skip } = nextSteps(this.#pipeline, this.#progress(), this.#work.jobs);
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
        failedToStart(stage, this.#round(stage.id), "a condition that can be worked out", condition),
      );
    }
    const spent = spentOf(this.#state.attempts, this.#elapsed());
    const objection = budgetObjection(this.#pipeline.budget, spent);
    if (objection !== undefined) {
      return this.#stopFor(stopOf.budget(stage.id, objection));
    }
    if (stage.kind === "approve") return await this.#wait(stage);
    const round = this.#round(stage.id);
    this.#setStage(stage.id, { status: "running", note: null });
    this.#work.report({ kind: "stage-started", stage: stage.id, round });
    await this.#save();
    const { time } = this.#pipeline.budget;
    const timeLeft = time === null ? null : Math.max(1, time - spent.time);
    const attempt = this.#work.attempt(stage, this.#state, { timeLeft }).catch((error: unknown) => {
      this.#fault ??= { error };
      return failedToStart(stage, round, "no fault of codex-dispatch", messageOf(error));
    });
    this.#running.set(stage.id, attempt);
  }

  /** Whether the stage's condition holds; a sentence where that cannot be said. */
  async #condition(stage: Stage): Promise<boolean | string> {
    if (!stage.if) return true;
    try {
      return evaluate(stage.if, await this.#work.values(stage, this.#state)) === true;
    } catch (error) {
      return `${messageOf(error)}, in "${stage.if.text}"`;
    }
  }

  async #wait(stage: Extract<Stage, { kind: "approve" }>): Promise<void> {
    let text: string;
    try {
      const { renderTemplate } = await import("./render_template.ts");
      text = renderTemplate(stage.text, await this.#work.values(stage, this.#state));
    } catch (error) {
      return this.#settle(
        failedToStart(stage, this.#round(stage.id), "a text that can be worked out", messageOf(error)),
      );
    }
    this.#setStage(stage.id, { status: "waiting", note: text });
    this.#stopFor(stopOf.waiting(stage.id, { pipeline: this.#state.id, text }));
  }

  /** Takes up what a stage's gate said. */
  #settle(attempt: Attempt): void {
    this.#running.delete(attempt.stage);
    this.#state = { ...this.#state, attempts: [...this.#state.attempts, attempt] };
    this.#work.report({ kind: "stage-ended", attempt });
    if (attempt.status === "repeated") {
      // The same stage, in the same round: the failure was none of the work.
      this.#setStage(attempt.stage, {
        status: "pending",
        note: "Repeated after a failure of the network or of capacity.",
      });
      return;
    }
    this.#setStage(attempt.stage, { status: attempt.status, note: null });
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
      const stage = this.#stage(attempt.stage);
      const decision = afterFailure(stage.onFail, {
        failure: attempt.failure ?? { kind: "reasons", reasons: attempt.reasons },
        earlier: this.#failuresBefore(attempt),
        returns: this.#state.returns[stage.id] ?? 0,
        regression: regressionOf(attempt, this.#state.attempts, stage),
        tooDear: this.#tooDear(stage),
      });
      if (decision.kind === "continue") {
        this.#setStage(stage.id, { continued: true, note: "Its gate said no; on_fail: continue." });
      } else if (decision.kind === "return") back.push({ from: stage.id, to: decision.to });
      else {
        this.#stopFor(stopOf.gate(stage.id, { pipeline: this.#state.id, why: decision.why }));
        return;
      }
    }
    if (back.length > 0) this.#goBack(back);
  }

  /** Begins a round: whatever needs the stages that it goes back to, those that sent it back included. */
  #goBack(back: readonly { readonly from: string; readonly to: string }[]): void {
    const again = new Set(back.flatMap(({ from, to }) => [...stagesFrom(this.#pipeline, to), from]));
    const round = Math.max(...[...again].map((id) => this.#round(id))) + 1;
    for (const id of again) this.#setStage(id, { status: "pending", round, continued: false, note: null });
    for (const { from, to } of back) {
      const { returns } = this.#state;
      this.#state = { ...this.#state, returns: { ...returns, [from]: (returns[from] ?? 0) + 1 } };
      this.#work.report({ kind: "went-back", from, to, round });
    }
  }

  #failuresBefore(attempt: Attempt): NonNullable<Attempt["failure"]>[] {
    return this.#state.attempts
      .filter((each) =>
        each.stage === attempt.stage && each.round < attempt.round && each.status === "failed"
      )
      .flatMap(({ failure }) => failure ?? []);
  }

  #tooDear(stage: Stage): string | undefined {
    if (stage.onFail.kind !== "return") return undefined;
    const round = new Set(stagesFrom(this.#pipeline, stage.onFail.to));
    const last = [...round].flatMap((id) => this.#state.attempts.findLast((each) => each.stage === id) ?? []);
    return tooDear(this.#pipeline.budget, spentOf(this.#state.attempts, this.#elapsed()), last);
  }

  #skip(stage: Stage, because: string): void {
    this.#setStage(stage.id, { status: "skipped", note: because });
    this.#work.report({ kind: "stage-skipped", stage: stage.id, because });
  }

  #stopFor(stop: Stop): void {
    // The first stop is the cause; an interruption is what ended it all the same.
    if (!this.#stop || stop.status === "violated" || stop.status === "interrupted") this.#stop = stop;
  }

  #finish(): void {
    const stop = this.#stop;
    const active_ms = Math.round(this.#elapsed());
    if (!stop) {
      this.#state = {
        ...this.#state,
        active_ms,
        status: "passed",
        exit_code: EXIT.accepted,
        stopped_by: null,
      };
      return;
    }
    if (stop.status === "failed" || stop.status === "violated") {
      for (const stage of this.#pipeline.stages) {
        if (this.#stageState(stage.id).status === "pending") {
          this.#skip(stage, "The pipeline stopped before it.");
        }
      }
    }
    const attempt = this.#state.attempts.findLast(({ stage }) => stage === stop.stage);
    this.#state = {
      ...this.#state,
      active_ms,
      status: stop.status,
      exit_code: stop.exit,
      stopped_by: {
        stage: stop.stage,
        status: stop.stage === null ? "interrupted" : this.#stageState(stop.stage).status,
        exit_code: attempt?.policy?.exit_code ?? stop.exit,
        why: stop.why,
        reasons: attempt?.reasons ?? [],
        run_dir: attempt?.run_dir ?? null,
        next: stop.next,
      },
    };
  }

  #progress(): Map<string, StageProgress> {
    return new Map(this.#state.stages.map((stage) => [stage.id, stage]));
  }

  #stage(id: string): Stage {
    const stage = this.#pipeline.stages.find((each) => each.id === id);
    if (!stage) throw new Error(`there is no stage "${id}"`);
    return stage;
  }

  #stageState(id: string): StageState {
    const stage = this.#state.stages.find((each) => each.id === id);
    if (!stage) throw new Error(`there is no state of a stage "${id}"`);
    return stage;
  }

  #round(id: string): number {
    return this.#stageState(id).round;
  }

  #setStage(id: string, change: Partial<StageState>): void {
    this.#state = {
      ...this.#state,
      stages: this.#state.stages.map((stage) => stage.id === id ? { ...stage, ...change } : stage),
    };
  }

  #elapsed(): number {
    return this.#activeBefore + performance.now() - this.#clock;
  }

  async #save(): Promise<void> {
    this.#state = { ...this.#state, active_ms: Math.round(this.#elapsed()) };
    await this.#work.save(this.#state);
  }
}
