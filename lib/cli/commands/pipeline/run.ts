import type { CliContext } from "../../context.ts";
import { detach } from "../../detach.ts";
import type { DispatchFlags } from "../../dispatch_flags.ts";
import { resolvePath } from "../../dispatch_options.ts";
import { showProblems } from "../../error_report.ts";
import { listenForSignals } from "../../interruption.ts";
import { loadPipeline } from "../../load_pipeline.ts";
import { pipelineDisplay } from "../../pipeline_display.ts";
import { printPipelineOutcome } from "../../pipeline_outcome.ts";
import { pipelineSurroundings } from "../../pipeline_surroundings.ts";
import { badInput, DispatchError, messageOf } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import type { InputValue, Pipeline } from "../../../pipeline/pipeline.ts";
import { readInputs } from "../../../pipeline/read/read_inputs.ts";
import { renderPlan } from "../../../pipeline/render_plan.ts";
import { preparePipeline } from "../../../pipeline/prepare_pipeline.ts";
import { startPipeline } from "../../../pipeline/start_pipeline.ts";

export interface PipelineRunFlags extends DispatchFlags {
  readonly input?: string[];
  readonly inputs?: string;
  readonly jobs?: string;
}

/** `codex-dispatch pipeline run FILE|NAME`. */
export async function pipelineRun(
  named: string,
  flags: PipelineRunFlags,
  context: CliContext,
): Promise<ExitCode> {
  if (flags.detach && !flags.dryRun && !context.detached) {
    return await detach(context, { what: "pipeline", flags });
  }
  const { pipeline, problems, warnings, source, packetFiles } = await loadPipeline(named, context);
  if (warnings.length > 0) context.stderr(showProblems("warning", warnings));
  if (!pipeline) throw new DispatchError(EXIT.badInput, problems);
  const request = { pipeline, file: source, packetFiles, inputs: givenInputs(pipeline, flags, context) };
  using interruption = listenForSignals(context);
  const display = pipelineDisplay(context, { quiet: (flags.quiet ?? false) || (flags.dryRun ?? false) });
  const surroundings = pipelineSurroundings(flags, context, { interruption, report: display.report });
  if (flags.dryRun) {
    const prepared = await preparePipeline(request, surroundings).finally(() => display[Symbol.dispose]());
    context.stdout(renderPlan(pipeline, prepared));
    return EXIT.accepted;
  }
  const ended = await startPipeline(request, surroundings).finally(() => display[Symbol.dispose]());
  return printPipelineOutcome(ended, flags, context);
}

/** @throws DispatchError (exit 1) with every problem at once */
function givenInputs(
  pipeline: Pipeline,
  flags: PipelineRunFlags,
  context: CliContext,
): Readonly<Record<string, InputValue>> {
  const { environment, cwd } = context;
  const file = flags.inputs === undefined
    ? undefined
    : { file: flags.inputs, text: readText(flags.inputs, context) };
  const { values, problems } = readInputs(pipeline.inputs, { pairs: flags.input ?? [], file }, {
    cwd,
    home: environment["HOME"] ?? environment["USERPROFILE"],
  });
  if (!values) throw new DispatchError(EXIT.badInput, problems);
  return values;
}

function readText(file: string, context: CliContext): string {
  try {
    return Deno.readTextFileSync(resolvePath(file, context));
  } catch (error) {
    throw badInput("inputs-unreadable", `The inputs "${file}" cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
