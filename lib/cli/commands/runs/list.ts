import * as path from "node:path";
import type { CliContext } from "../../context.ts";
import { readLimit } from "../../limits.ts";
import { type PlaceFlags, runsOf } from "../../meant_run.ts";
import { runLine, runRow } from "../../run_row.ts";
import { readRun, runIds } from "../../../records/read_runs.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { renderJson } from "../../../base/render_json.ts";

/** `runs list`: a line each, the last first. */
export async function runsList(
  flags: PlaceFlags & { readonly limit: string; readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { environment } = context;
  const limit = readLimit({ flag: flags.limit, flagName: "--limit", environment, fallback: 20 }) ?? Infinity;
  const runs = await runsOf(flags, context);
  const rows = [];
  for (const id of (await runIds(runs)).slice(0, limit)) {
    rows.push(await runRow(await readRun(path.join(runs, id)), context));
  }
  if (flags.json) context.stdout(renderJson({ runs: rows }));
  else if (rows.length === 0) context.stderr(`codex-dispatch: there are no runs in "${runs}"\n`);
  else context.stdout(rows.map((each) => `${runLine(each)}\n`).join(""));
  return EXIT.accepted;
}
