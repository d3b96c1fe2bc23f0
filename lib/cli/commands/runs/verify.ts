import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { verifyRun } from "../../../dispatch/revert_run.ts";
import { DispatchError } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";

/** `runs verify`: whether a run directory is as its run left it. */
export async function runsVerify(meant: string, flags: PlaceFlags, context: CliContext): Promise<ExitCode> {
  const { run, state } = await meantRun(meant, flags, context);
  const broken = await verifyRun(run, state);
  if (broken.length === 0) {
    context.stdout(`${run.id}: ok\n`);
    return EXIT.accepted;
  }
  const problems = broken.map((what) => ({
    code: "run-tampered",
    message: `In "${run.folder}", ${what} since the run.`,
  }));
  throw new DispatchError(EXIT.violation, problems);
}
