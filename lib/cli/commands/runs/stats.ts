import * as path from "node:path";
import { readAge } from "../../amounts.ts";
import type { CliContext } from "../../context.ts";
import { type PlaceFlags, runsOf } from "../../meant_run.ts";
import { runRow } from "../../run_row.ts";
import { readRun, runIds, type StoredRun } from "../../../records/read_runs.ts";
import { type CountedRun, type Durations, type RunStats, runStats } from "../../../records/run_stats.ts";
import type { RunStatus } from "../../../records/result.ts";
import { startOfRun } from "../../../records/run_id.ts";
import { showDuration } from "../../../base/durations.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { plural, showCount } from "../../../base/text.ts";
import { renderJson } from "../../../base/render_json.ts";

/** `runs stats`: what the runs of a WORKDIR came to, how long they took and what they used. */
export async function runsStats(
  flags: PlaceFlags & { readonly since?: string; readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const since = flags.since === undefined ? 0 : context.now().getTime() - readAge(flags.since, "--since");
  const runs = await runsOf(flags, context);
  const ids = (await runIds(runs)).filter((id) => startOfRun(id).getTime() >= since);
  const counted: CountedRun[] = [];
  for (const id of ids) counted.push(await countedRun(await readRun(path.join(runs, id)), context));
  const stats = runStats(counted);
  context.stdout(flags.json ? renderJson(stats) : statsText(stats));
  return EXIT.accepted;
}

/** What was refused, or cut short, says nothing of how long a run takes. */
const CAME_TO_AN_END: ReadonlySet<string> = new Set<RunStatus>([
  "accepted",
  "violation",
  "failed",
  "blocked",
]);

async function countedRun(run: StoredRun, context: CliContext): Promise<CountedRun> {
  const { status, verdict, review, duration_ms: durationMs } = await runRow(run, context);
  return {
    status,
    verdict,
    review,
    durationMs: CAME_TO_AN_END.has(status) ? durationMs : null,
    mode: run.result?.mode ?? null,
    usage: run.result?.usage ?? null,
  };
}

/** Pure. Exported for its test. */
export function statsText(stats: RunStats): string {
  if (stats.runs === 0) return "No runs.\n";
  const { runs: counted, ...tokens } = stats.tokens;
  const times = [["all", stats.durations] as const, ...Object.entries(stats.durations_by_mode)];
  const lines = [
    plural(stats.runs, "run"),
    "",
    ...table("status", stats.by_status),
    ...table("mode", stats.by_mode),
    ...table("Codex's verdict", stats.by_verdict),
    ...table("your word", stats.by_review),
    ...times.flatMap(([mode, durations]) => durations ? [durationLine(mode, durations)] : []),
    ...Object.entries(tokens).map(([name, value]) =>
      `${"tokens".padEnd(NAME)}${name.replaceAll("_", " ").replace(/ tokens$/, "").padEnd(WORD)}${
        showCount(value)
      }`
    ),
    ...counted < stats.runs
      ? [`${"".padEnd(NAME)}(${counted} of ${stats.runs} runs say what they used)`]
      : [],
  ];
  return `${lines.join("\n")}\n`;
}

const [NAME, WORD] = [18, 20];

function table(name: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([word, count], index) =>
    `${(index === 0 ? name : "").padEnd(NAME)}${word.padEnd(WORD)}${showCount(count)}`
  );
}

function durationLine(mode: string, { median_ms: median, p90_ms: p90, total_ms: total }: Durations): string {
  return `${"time".padEnd(NAME)}${mode.padEnd(WORD)}` +
    `median ${showDuration(median)}, p90 ${showDuration(p90)}, together ${showDuration(total)}`;
}
