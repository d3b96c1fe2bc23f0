import type { CliContext } from "../../context.ts";
import { detach } from "../../detach.ts";
import type { DispatchFlags } from "../../dispatch_flags.ts";
import { listenForSignals } from "../../interruption.ts";
import { meantPipeline } from "../../meant_pipeline.ts";
import { pipelineDisplay } from "../../pipeline_display.ts";
import { printPipelineOutcome } from "../../pipeline_outcome.ts";
import { pipelineSurroundings } from "../../pipeline_surroundings.ts";
import { badInput } from "../../../base/errors.ts";
import type { ExitCode } from "../../../base/exit_codes.ts";
import { resumePipeline } from "../../../pipeline/resume_pipeline.ts";

export interface PipelineResumeFlags extends DispatchFlags {
  readonly workdir?: string;
  readonly jobs?: string;
  readonly acceptChanges?: true;
  readonly approve?: true;
  readonly reject?: string;
}

/** `codex-dispatch pipeline resume ID`. */
export async function pipelineResume(
  meant: string,
  flags: PipelineResumeFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (flags.detach && !context.detached) return await detach(context, { what: "pipeline", flags });
  const { approve, reject, acceptChanges = false, quiet = false, dryRun } = flags;
  if (dryRun) {
    throw badInput("usage", "--dry-run is for pipeline run: what goes on here is told by its state.");
  }
  if (approve && reject !== undefined) {
    throw badInput("usage", "--approve and --reject are given both. Decide.");
  }
  if (reject !== undefined && reject.trim() === "") throw badInput("usage", "--reject takes a reason.");
  const pipeline = await meantPipeline(meant, flags, context);
  using interruption = listenForSignals(context);
  const display = pipelineDisplay(context, { quiet });
  const resumed = await resumePipeline({
    ...pipeline,
    acceptChanges,
    answer: approve
      ? { kind: "approve" }
      : reject === undefined
      ? undefined
      : { kind: "reject", text: reject },
  }, pipelineSurroundings(flags, context, { interruption, report: display.report })).finally(() =>
    display[Symbol.dispose]()
  );
  return printPipelineOutcome(resumed, flags, context);
}
