import type { CliContext } from "./context.ts";
import { tellCaller } from "./detach.ts";
import { dispatchContext } from "./dispatch_context.ts";
import { type DispatchFlags, STAGE_LIMIT_FLAGS } from "./dispatch_flags.ts";
import { readDispatchOptions } from "./dispatch_options.ts";
import type { Interruption } from "./interruption.ts";
import { badInput } from "../base/errors.ts";
import type { PipelineSurroundings } from "../pipeline/drive_pipeline.ts";
import type { PipelineProgress } from "../pipeline/progress.ts";

/** What a pipeline takes from the command line and the process. */
export function pipelineSurroundings(
  flags: DispatchFlags & { readonly jobs?: string },
  context: CliContext,
  { interruption, report }: {
    readonly interruption: Interruption;
    readonly report: (progress: PipelineProgress) => void;
  },
): PipelineSurroundings {
  const options = readDispatchOptions(flags, context);
  const limits = [flags.timeoutSec, flags.heartbeatSec, flags.commandSec];
  for (const flag of STAGE_LIMIT_FLAGS.filter((_, at) => limits[at] !== undefined)) {
    const text =
      `${flag} has no effect on a pipeline: the limits of its stages stand in the file, as timeout, heartbeat and command.`;
    report({ kind: "warning", text });
  }
  return {
    options,
    jobs: readJobs(flags.jobs),
    detached: context.detached !== undefined,
    context: dispatchContext(context, interruption),
    report: (progress) => {
      if (progress.kind === "pipeline") tellCaller(context, progress);
      report(progress);
    },
  };
}

/** Read-only stages that run side by side, where nobody says how many. */
const JOBS = 3;

function readJobs(given: string | undefined): number {
  if (given === undefined) return JOBS;
  const jobs = Number(given);
  if (/^\d+$/.test(given) && jobs >= 1 && jobs <= 64) return jobs;
  throw badInput("jobs", `--jobs is "${given}". It takes a number from 1 to 64.`);
}
