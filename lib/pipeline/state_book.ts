import { EXIT } from "../base/exit_codes.ts";
import { type Spent, spentOf } from "./budget.ts";
import type { Pipeline, Stage } from "./pipeline.ts";
import { type StageProgress, stagesFrom } from "./plan.ts";
import type { Attempt, PipelineState, StageState } from "./state.ts";
import type { Stop } from "./stop.ts";

/** The state of a pipeline while it runs: what each step puts down in it, and what is read from it to decide the next. */
export class StateBook {
  readonly #pipeline: Pipeline;
  readonly #activeBefore: number;
  readonly #clock = performance.now();
  #state: PipelineState;

  constructor(pipeline: Pipeline, state: PipelineState) {
    this.#pipeline = pipeline;
    this.#activeBefore = state.active_ms;
    this.#state = { ...state, status: "running", exit_code: EXIT.fault, stopped_by: null };
  }

  get state(): PipelineState {
    return this.#state;
  }

  stage(id: string): Stage {
    const stage = this.#pipeline.stages.find((each) => each.id === id);
    if (!stage) throw new Error(`there is no stage "${id}"`);
    return stage;
  }

  stageState(id: string): StageState {
    const stage = this.#state.stages.find((each) => each.id === id);
    if (!stage) throw new Error(`there is no state of a stage "${id}"`);
    return stage;
  }

  round(id: string): number {
    return this.stageState(id).round;
  }

  progress(): Map<string, StageProgress> {
    return new Map(this.#state.stages.map((stage) => [stage.id, stage]));
  }

  setStage(id: string, change: Partial<StageState>): void {
    this.#state = {
      ...this.#state,
      stages: this.#state.stages.map((stage) => stage.id === id ? { ...stage, ...change } : stage),
    };
  }

  addAttempt(attempt: Attempt): void {
    this.#state = { ...this.#state, attempts: [...this.#state.attempts, attempt] };
  }

  lastAttempt(id: string): Attempt | undefined {
    return this.#state.attempts.findLast(({ stage }) => stage === id);
  }

  /** The attempts whose gates said no, with nothing decided about them yet. */
  undecidedFailures(): Attempt[] {
    return this.#state.stages.filter(({ status, continued }) => status === "failed" && !continued)
      .flatMap(({ id }) => this.lastAttempt(id) ?? []);
  }

  /** What failed when the gate of an attempt's stage said no in earlier rounds, the first round first. */
  failuresBefore(attempt: Attempt): NonNullable<Attempt["failure"]>[] {
    return this.#state.attempts
      .filter((each) =>
        each.stage === attempt.stage && each.round < attempt.round && each.status === "failed"
      )
      .flatMap(({ failure }) => failure ?? []);
  }

  /** How often a stage sent the pipeline back. */
  returnsOf(id: string): number {
    return this.#state.returns[id] ?? 0;
  }

  #countReturn(from: string): void {
    const { returns } = this.#state;
    this.#state = { ...this.#state, returns: { ...returns, [from]: this.returnsOf(from) + 1 } };
  }

  /** The last attempts of a round that goes back to a stage. */
  lastRoundFrom(id: string): Attempt[] {
    return stagesFrom(this.#pipeline, id).flatMap((each) => this.lastAttempt(each) ?? []);
  }

  /**
   * Begins a round: whatever needs the stages that it goes back to, those that sent it back included.
   *
   * @returns its number
   */
  beginRound(back: readonly { readonly from: string; readonly to: string }[]): number {
    const again = new Set(back.flatMap(({ from, to }) => [...stagesFrom(this.#pipeline, to), from]));
    const round = Math.max(...[...again].map((id) => this.round(id))) + 1;
    for (const id of again) this.setStage(id, { status: "pending", round, continued: false, note: null });
    for (const { from } of back) this.#countReturn(from);
    return round;
  }

  spent(): Spent {
    return spentOf(this.#state.attempts, this.#elapsed());
  }

  /** Puts down how long the pipeline has been at work. */
  noteTime(): void {
    this.#state = { ...this.#state, active_ms: Math.round(this.#elapsed()) };
  }

  /** Puts down how it ended. */
  finish(stop: Stop | undefined): void {
    if (!stop) {
      this.#state = { ...this.#state, status: "passed", exit_code: EXIT.accepted, stopped_by: null };
      return;
    }
    const attempt = stop.stage === null ? undefined : this.lastAttempt(stop.stage);
    this.#state = {
      ...this.#state,
      status: stop.status,
      exit_code: stop.exit,
      stopped_by: {
        stage: stop.stage,
        status: stop.stage === null ? "interrupted" : this.stageState(stop.stage).status,
        exit_code: attempt?.policy?.exit_code ?? stop.exit,
        why: stop.why,
        reasons: attempt?.reasons ?? [],
        run_dir: attempt?.run_dir ?? null,
        next: stop.next,
      },
    };
  }

  #elapsed(): number {
    return this.#activeBefore + performance.now() - this.#clock;
  }
}
