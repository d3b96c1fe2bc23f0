import { EXIT, type ExitCode } from "../base/exit_codes.ts";
import { exitOfSignal, stopSignalOf } from "../base/stop_signal.ts";
import type { PipelineStatus } from "./state.ts";

/** Why a pipeline stops, and how to go on. */
export interface Stop {
  readonly status: PipelineStatus;
  /** Undefined where no stage is the cause. */
  readonly stage: string | null;
  readonly exit: ExitCode;
  readonly why: string;
  readonly next: string;
}

/** The stops of a pipeline, each in its words. Pure. */
export const stopOf = {
  budget: (stage: string, why: string): Stop => ({
    status: "failed",
    stage,
    exit: EXIT.gate,
    why,
    next: "raise the budget in the pipeline file and start it anew, or go on by hand from what is there",
  }),

  waiting: (
    stage: string,
    { pipeline, text }: { readonly pipeline: string; readonly text: string },
  ): Stop => ({
    status: "waiting",
    stage,
    exit: EXIT.gate,
    why: `It waits for a person: ${text}`,
    next: `codex-dispatch pipeline resume ${pipeline} --approve, or --reject "why"`,
  }),

  gate: (stage: string, { pipeline, why }: { readonly pipeline: string; readonly why: string }): Stop => ({
    status: "failed",
    stage,
    exit: EXIT.gate,
    why,
    next: `mend it and codex-dispatch pipeline resume ${pipeline} --accept-changes, or start it anew`,
  }),

  violation: (stage: string): Stop => ({
    status: "violated",
    stage,
    exit: EXIT.gate,
    why: "It changed what it must not, or that cannot be told.",
    next: "take the changes back, with codex-dispatch runs revert or by hand, and start the pipeline anew",
  }),

  signal: (interrupt: AbortSignal, stage: string | null = null): Stop => {
    const signal = stopSignalOf(interrupt);
    return {
      status: "interrupted",
      stage,
      exit: exitOfSignal(signal),
      why: `Stopped by ${signal}.`,
      next: "codex-dispatch pipeline resume takes it up where it was",
    };
  },
};
