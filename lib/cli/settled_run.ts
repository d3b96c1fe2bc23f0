import type { CliContext } from "./context.ts";
import type { MeantRun } from "./meant_run.ts";
import { printOutcome } from "./outcome.ts";
import { readRun } from "../records/read_runs.ts";
import { lastOfLog } from "../records/run_log.ts";
import { readSeal } from "../records/seal.ts";
import { settle } from "../records/settled.ts";
import { DispatchError } from "../base/errors.ts";
import { EXIT, type ExitCode } from "../base/exit_codes.ts";

/**
 * Prints what became of a run whose process is gone, as its dispatch would have. A good verdict is believed as it was sealed,
 * and never else.
 *
 * @returns the run's exit status
 * @throws DispatchError (exit 3) if the run directory was tampered with since, (exit 70) if the run did not come to its end
 */
export async function printSettled(
  { run: { folder, id }, state }: MeantRun,
  flags: { readonly json?: true; readonly quiet?: true },
  context: CliContext,
): Promise<ExitCode> {
  const run = await readRun(folder);
  const settled = settle(run, await readSeal(state, id));
  if (settled.kind === "ended") return printOutcome(settled, flags, context);
  if (settled.kind === "tampered") {
    const message = `In "${folder}", ${
      settled.names.join(" and ")
    } changed since the run. Believe nothing in it.`;
    throw new DispatchError(EXIT.violation, [{ code: "run-tampered", message }]);
  }
  const { policy, result } = run;
  // The disk may have been too full for a seal. What says that it is not accepted gains nothing by that.
  if (policy && result && policy.exit_code !== EXIT.accepted && result.status !== "interrupted") {
    return printOutcome({ policy, result }, flags, context);
  }
  const last = await lastOfLog(state, id);
  const message =
    `The run "${id}" was interrupted: its process is gone, and no verdict of it was sealed on this machine. ` +
    `Look at the work tree before you dispatch again.${last === undefined ? "" : ` Its log ends: ${last}`}`;
  throw new DispatchError(EXIT.fault, [{ code: "run-interrupted", message }]);
}
