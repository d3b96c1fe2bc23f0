import * as path from "node:path";
import { DispatchError, messageOf } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import type { TreePath } from "../base/tree_path.ts";
import { pause } from "../base/pause.ts";
import type { Conclusion } from "../dispatch/conclude.ts";
import type { DispatchContext } from "../dispatch/context.ts";
import { dispatch } from "../dispatch/dispatch.ts";
import type { DispatchOptions } from "../dispatch/options.ts";
import { packetWorld } from "../dispatch/packet_world.ts";
import { checkPacket, type Packet } from "../packet/check_packet.ts";
import { expressionValues } from "./expression_values.ts";
import { type IncludedText, renderIncluded } from "./included.ts";
import { includedTexts } from "./included_texts.ts";
import type { InstructionsOverride } from "./tree/instructions.ts";
import { judgeAttempt, repeatsOf } from "./judge_attempt.ts";
import type { AgentStage, Pipeline, RunStage, Stage } from "./pipeline.ts";
import { commandsPacket } from "./commands_packet.ts";
import { ofStage } from "./preview_packets.ts";
import type { KeptTree } from "./tree/pipeline_tree.ts";
import type { PipelineProgress } from "./progress.ts";
import { renderCommands, renderList, renderVariable } from "./render_template.ts";
import { failedToStart } from "./unstarted.ts";
import { stageOptions } from "./stage_options.ts";
import { type ExpressionValues, stagePacket } from "./stage_packet.ts";
import type { Attempt, PipelineState } from "./state.ts";

type WorkingStage = AgentStage | RunStage;

/** What stages are worked on with. */
export interface StageWorkOptions {
  readonly pipeline: Pipeline;
  readonly options: DispatchOptions;
  /** Of the dispatches: with the lock of the work tree. */
  readonly context: Omit<DispatchContext, "report" | "part">;
  readonly report: (progress: PipelineProgress) => void;
  readonly tree: KeptTree;
  /** Whether a path, from the repository's root, is one that the pipeline itself writes. */
  readonly ownPaths: (path: TreePath) => boolean;
  /** Keeps a long text in a file out of every tree, and returns its path. */
  readonly keepText: (included: IncludedText) => string;
}

/** Runs the stages of a pipeline to their gates. */
export class StageWork {
  readonly #work: StageWorkOptions;

  constructor(options: StageWorkOptions) {
    this.#work = options;
  }

  async values(stage: Stage, state: PipelineState, workdir?: string): Promise<ExpressionValues> {
    const { pipeline, context, tree } = this.#work;
    return expressionValues({
      pipeline,
      state,
      workdir,
      environment: context.environment,
      diffs: {
        whole: readsDiff(stage) ? await tree.diff() : "",
        rounds: tree.roundDiffs(),
      },
    });
  }

  async attempt(
    stage: WorkingStage,
    state: PipelineState,
    { timeLeft }: { readonly timeLeft: number | null },
  ): Promise<Attempt> {
    const { tree } = this.#work;
    const started = this.#work.context.now();
    const clock = performance.now();
    const round = state.stages.find(({ id }) => id === stage.id)?.round ?? 1;
    const repeats = repeatsOf(stage.id, round, state);
    if (repeats > 0) await pause(FIRST_PAUSE * 2 ** (repeats - 1), this.#work.context.interrupt);
    try {
      const conclusion = await this.#run(stage, state, { round, timeLeft });
      await tree.afterRun(stage.id, conclusion);
      const attempt = await judgeAttempt(stage, state, {
        round,
        started,
        durationMs: performance.now() - clock,
        conclusion,
        cutTo: timeLeft !== null && timeLeft < (stage.timeout ?? Infinity) ? timeLeft : undefined,
        values: (last) => this.values(stage, withAttempt(state, last)),
      });
      if (attempt.status === "repeated" && isWorker(stage)) {
        await tree.worker.takeBack({ stage: stage.id, round });
      }
      // After an interruption or a violation the tree is to be known again as it was before.
      if (attempt.status !== "interrupted" && attempt.status !== "violated") await tree.noteIdentity();
      return attempt;
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      return failedToStart(stage, round, "a stage that can be started", messageOf(error));
    }
  }

  /** Runs a stage in the tree, or in a clean checkout of it. */
  async #run(stage: WorkingStage, state: PipelineState, limits: RunLimits): Promise<Conclusion> {
    const { tree } = this.#work;
    const included = await this.#included(stage, state, limits.round);
    const inTree = await this.values(stage, state);
    const original = await this.#packet(stage, { values: inTree, included });
    if (stage.checkout === "shared") {
      if (isWorker(stage)) await tree.worker.keep(original, { stage: stage.id, round: limits.round });
      const instructions = stage.kind === "agent" ? await tree.instructions(original.workdir) : undefined;
      return await this.#dispatch(stage, { packet: original, values: inTree, instructions, limits });
    }
    const carried = renderList(stage.carry, inTree).map((each) =>
      path.relative(original.repository, path.resolve(original.workdir, each))
    );
    await using checkout = await tree.openCheckout(carried);
    for (const note of checkout.notes) this.#report(stage, { kind: "warning", text: note });
    const workdir = checkout.toCheckout(original.workdir) ?? checkout.root;
    const values = await this.values(stage, state, workdir);
    const packet = await this.#packet(stage, { values, included, workdir });
    const instructions = stage.kind === "agent"
      ? await tree.instructions(packet.workdir, checkout)
      : undefined;
    return await this.#dispatch(stage, { packet, original, values, instructions, limits });
  }

  async #dispatch(
    stage: WorkingStage,
    { packet, original, values, instructions, limits }: {
      readonly packet: Packet;
      /** The packet over the tree itself, where the other is over a checkout of it. */
      readonly original?: Packet;
      readonly values: ExpressionValues;
      readonly instructions?: InstructionsOverride | undefined;
      readonly limits: RunLimits;
    },
  ): Promise<Conclusion> {
    const { context, options, ownPaths } = this.#work;
    const commands = stage.kind === "run"
      ? { commands: renderCommands(stage.commands, values), expect: stage.expect }
      : undefined;
    const given = stageOptions(stage, options, {
      timeLeft: limits.timeLeft,
      config: instructions?.config ?? [],
    });
    return await dispatch(packet, given, {
      ...context,
      report: (progress) => this.#report(stage, progress),
      part: {
        original,
        overlapJudged: true,
        setup: original ? renderCommands(stage.setup, values) : [],
        commands,
        closing: instructions?.closing,
        ownPaths,
        variables: variablesOf(stage, values),
      },
    });
  }

  /** @throws DispatchError (exit 1) if the stage's packet is none */
  async #packet(
    stage: WorkingStage,
    { values, included, workdir }: {
      readonly values: ExpressionValues;
      readonly included: string;
      readonly workdir?: string | undefined;
    },
  ): Promise<Packet> {
    const { context, options } = this.#work;
    const text = stage.kind === "run"
      ? commandsPacket(stage, { values, workdir, commands: renderCommands(stage.commands, values) })
      : stagePacket(stage, { values, included, workdir });
    const flags = { waive: options.waive };
    const { packet, problems } = await checkPacket(text, packetWorld(context.environment), flags);
    if (!packet) {
      throw new DispatchError(EXIT.badInput, problems.map((problem) => ofStage(stage, problem)));
    }
    return packet;
  }

  async #included(stage: WorkingStage, state: PipelineState, round: number): Promise<string> {
    if (stage.kind === "run") return "";
    const { pipeline, tree, keepText } = this.#work;
    return renderIncluded(await includedTexts(stage, state, { pipeline, tree, round }), keepText);
  }

  #report(stage: WorkingStage, progress: Parameters<DispatchContext["report"]>[0]): void {
    this.#work.report({ kind: "stage-progress", stage: stage.id, progress });
  }
}

interface RunLimits {
  readonly round: number;
  /** Milliseconds that the budget leaves. */
  readonly timeLeft: number | null;
}

/** Between a failure of the network and the next try; each time twice as long. Milliseconds. */
const FIRST_PAUSE = 2_000;

function isWorker(stage: WorkingStage): boolean {
  return stage.kind === "agent" && stage.mode === "worker";
}

function variablesOf(stage: WorkingStage, values: ExpressionValues): Record<string, string> {
  return Object.fromEntries(stage.env.map(({ name, value }) => [name, renderVariable(value, values)]));
}

/** Whether a stage's expressions read a diff: making one costs a look at the tree. */
function readsDiff(stage: Stage): boolean {
  return /diff/i.test(JSON.stringify(stage));
}

function withAttempt(state: PipelineState, attempt: Attempt): PipelineState {
  return {
    ...state,
    attempts: [...state.attempts, attempt],
    stages: state.stages.map((each) =>
      each.id === attempt.stage && attempt.status !== "repeated" ? { ...each, status: attempt.status } : each
    ),
  };
}
