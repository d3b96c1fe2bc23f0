import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { revertRun } from "../../../dispatch/revert_run.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";

/** `runs revert`: takes a run's changes back, and names what stays. */
export async function runsRevert(meant: string, flags: PlaceFlags, context: CliContext): Promise<ExitCode> {
  const { run, state } = await meantRun(meant, flags, context);
  const { environment } = context;
  const { paths, left } = await revertRun(run, { state, environment });
  context.stdout(paths.map((each) => `${each}\n`).join(""));
  const stays = left.map((each) => `  ${each}\n`).join("");
  if (stays !== "") context.stderr(`codex-dispatch: not in the patch, and left as it is:\n${stays}`);
  return EXIT.accepted;
}
