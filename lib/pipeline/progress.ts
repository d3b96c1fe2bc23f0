import type { Progress } from "../dispatch/context.ts";
import type { Attempt, PipelineState } from "./state.ts";

/** What happens during a pipeline, for whoever looks on. */
export type PipelineProgress =
  | {
    readonly kind: "pipeline";
    readonly id: string;
    readonly folder: string;
    /** The folder outside of the repository that knows of it. */
    readonly state: string;
    readonly stages: readonly string[];
  }
  | { readonly kind: "stage-started"; readonly stage: string; readonly round: number }
  | { readonly kind: "stage-progress"; readonly stage: string; readonly progress: Progress }
  | { readonly kind: "stage-ended"; readonly attempt: Attempt }
  | { readonly kind: "stage-skipped"; readonly stage: string; readonly because: string }
  | { readonly kind: "went-back"; readonly from: string; readonly to: string; readonly round: number }
  | { readonly kind: "ended"; readonly state: PipelineState }
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string };
