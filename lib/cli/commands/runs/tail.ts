import * as path from "node:path";
import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { isPipelinePath } from "../../meant_pipeline.ts";
import { meantWork } from "../../meant_work.ts";
import { eventText } from "../../progress.ts";
import { runRow } from "../../run_row.ts";
import { EventReader } from "../../../codex/events.ts";
import { isLive } from "../../../records/live_runs.ts";
import { readRun } from "../../../records/read_runs.ts";
import { lastOfLog } from "../../../records/run_log.ts";
import { ARTIFACTS } from "../../../records/artifacts.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";

/** How often a growing file is looked at. Milliseconds. */
const TAIL_INTERVAL = 150;

/** `runs tail`: the events of a run from its beginning, and on until it ends. */
export async function runsTail(
  meant: string,
  flags: PlaceFlags & { readonly raw?: true },
  context: CliContext,
): Promise<ExitCode> {
  if (isPipelinePath(meant)) {
    const { pipelineTail } = await import("../pipeline/tail.ts");
    return await pipelineTail(await meantWork(meant, flags, context), context);
  }
  const { run, state } = await meantRun(meant, flags, context);
  const reader = new EventReader((event) => context.stdout(`${eventText(event)}\n`));
  const decoder = new TextDecoder();
  let stopped = false;
  using _signals = context.onSignal(() => stopped = true);
  let said: string | undefined;
  for (let at = 0; !stopped;) {
    // Asked before the read: what was written until then is read below, and nothing comes after it.
    const live = await isLive(state, run.id);
    // Until Codex says something, what a detached run waits for is in its log.
    const last = live && at === 0 ? await lastOfLog(state, run.id) : said;
    if (last !== undefined && last !== said) context.stderr(`${last}\n`);
    said = last;
    at = await readFrom(path.join(run.folder, ARTIFACTS.events), at, (bytes) => {
      if (flags.raw) context.stdout(decoder.decode(bytes, { stream: true }));
      else reader.push(bytes);
    });
    if (!live) break;
    await new Promise((resolve) => setTimeout(resolve, TAIL_INTERVAL));
  }
  if (!flags.raw) reader.finish();
  const { status, exit_code: exit } = await runRow(await readRun(run.folder), context);
  context.stderr(`codex-dispatch: ${status}${exit === null ? "" : ` (exit ${exit})`}\n`);
  return EXIT.accepted;
}

async function readFrom(file: string, at: number, take: (bytes: Uint8Array) => void): Promise<number> {
  try {
    // A pipe in its place would be waited for without end.
    if (!(await Deno.lstat(file)).isFile) return at;
    using source = await Deno.open(file, { read: true });
    await source.seek(at, Deno.SeekMode.Start);
    const buffer = new Uint8Array(64 * 1024);
    for (let count = await source.read(buffer); count !== null; count = await source.read(buffer)) {
      take(buffer.subarray(0, count));
      at += count;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return at;
}
