import type { Judgement } from "../evidence/judge.ts";
import type { ExitCode } from "../base/exit_codes.ts";
import type { StopSignal } from "../base/stop_signal.ts";
import type { Contradiction } from "./contradiction.ts";
import type { WorkEnd } from "./run_codex.ts";

/** How far a run came, and what was seen. */
export type RunEnd =
  | { readonly kind: "unfinished" }
  | { readonly kind: "dirty-overlap"; readonly paths: readonly string[]; readonly head: string | null }
  | { readonly kind: "refused"; readonly exit: ExitCode; readonly reasons: readonly string[] }
  | { readonly kind: "dry-run"; readonly head: string | null }
  | {
    readonly kind: "interrupted-before-codex";
    readonly signal: StopSignal;
    readonly head: string | null;
  }
  | Ran
  | Unexamined;

/** It ran, and was looked at. */
export interface Ran extends Omit<WorkEnd, "stderr">, RunFindings {
  readonly kind: "ran";
  /** The signal that interrupted the run, at whatever point. */
  readonly stoppedBy: StopSignal | undefined;
}

/** It ran, and whoever interrupted it did not wait until it was looked at. */
export interface Unexamined extends Omit<WorkEnd, "stderr"> {
  readonly kind: "unexamined";
  readonly stoppedBy: StopSignal;
  readonly head: string | null;
}

/** What was found after the end of Codex. */
export interface RunFindings {
  readonly judgement: Judgement;
  readonly contradictions: readonly Contradiction[];
  readonly patchOmits: readonly string[];
}
