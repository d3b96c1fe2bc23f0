import { holdWorkTree } from "../dispatch/hold_work_tree.ts";
import type { WorkTreeLock } from "../process/work_tree_lock.ts";
import type { PipelineSurroundings } from "./drive_pipeline.ts";
import type { Pipeline } from "./pipeline.ts";
import { isReadOnly } from "./plan.ts";

/**
 * Holds the work tree for all stages of a pipeline; others may look at it if none of them writes.
 *
 * @throws DispatchError (exit 2) if the tree is in use and is not waited for; (exit 130, 143) if interrupted
 */
export async function holdForPipeline(
  pipeline: Pipeline,
  { id, repository }: { readonly id: string; readonly repository: string },
  { context, options, report }: PipelineSurroundings,
): Promise<WorkTreeLock> {
  return await holdWorkTree({
    repository,
    shared: pipeline.stages.every(isReadOnly),
    holder: { what: "pipeline", id },
    noWait: options.noWait,
  }, { ...context, report: (progress) => progress.kind === "step" && report(progress) });
}
