import type { CliContext } from "./context.ts";
import { isPipelinePath, meantPipeline } from "./meant_pipeline.ts";
import { meantRun, type PlaceFlags } from "./meant_run.ts";
import { openStateFolder } from "../records/folders.ts";
import { DispatchError } from "../base/errors.ts";
import { EXIT, type ExitCode } from "../base/exit_codes.ts";

/** A run or a pipeline that goes on by itself, or did. */
export interface MeantWork {
  readonly what: "run" | "pipeline";
  readonly id: string;
  readonly folder: string;
  /** The folder outside of the repository that knows of it. */
  readonly state: string;
  /**
   * Prints what became of it once its process is gone, and returns its exit status.
   *
   * @throws DispatchError (exit 3) if its records were tampered with since, (exit 70) if it did not come to its end
   */
  readonly printSettled: (
    flags: { readonly json?: true; readonly quiet?: true },
  ) => Promise<ExitCode>;
}

/**
 * The run that a command line means, or the pipeline where it names one by its id or its directory.
 *
 * @throws DispatchError (exit 1) if there is none, or if several fit
 */
export async function meantWork(meant: string, flags: PlaceFlags, context: CliContext): Promise<MeantWork> {
  if (isPipelinePath(meant)) {
    const { id, folder, workdir, repository } = await meantPipeline(meant, flags, context);
    const state = await openStateFolder(repository, context.environment);
    return {
      what: "pipeline",
      id,
      folder,
      state,
      printSettled: (how) => printSettledPipeline({ id, workdir, state }, how, context),
    };
  }
  const { run, state } = await meantRun(meant, flags, context);
  return {
    what: "run",
    id: run.id,
    folder: run.folder,
    state,
    printSettled: async (how) => {
      const { printSettled } = await import("./settled_run.ts");
      return await printSettled({ run, state }, how, context);
    },
  };
}

async function printSettledPipeline(
  { id, ...place }: { readonly id: string; readonly workdir: string; readonly state: string },
  flags: { readonly json?: true; readonly quiet?: true },
  context: CliContext,
): Promise<ExitCode> {
  const [{ StateStore }, { printPipelineOutcome }] = await Promise.all([
    import("../pipeline/state_store.ts"),
    import("./pipeline_outcome.ts"),
  ]);
  const { store, state } = await StateStore.open(id, place);
  if (state.status === "running") {
    const message = `The pipeline "${id}" was interrupted: its process is gone. ` +
      `Take it up: codex-dispatch pipeline resume ${id}`;
    throw new DispatchError(EXIT.fault, [{ code: "pipeline-interrupted", message }]);
  }
  return printPipelineOutcome({ state, folder: store.folder }, flags, context);
}
