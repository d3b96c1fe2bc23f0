import * as path from "node:path";
import type { CliContext } from "../../context.ts";
import { plainLine } from "../../pipeline_display.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { type PipelineState, PipelineStateSchema } from "../../../pipeline/state.ts";
import { keptFolderOf } from "../../../records/pipeline_folders.ts";
import { isLive } from "../../../records/live_runs.ts";

/** How often the state is looked at. Milliseconds. */
const INTERVAL = 200;

/** `runs tail` of a pipeline: its stages as they start and end, until it stops. */
export async function pipelineTail(
  { id, state: stateFolder }: { readonly id: string; readonly state: string },
  context: CliContext,
): Promise<ExitCode> {
  const file = path.join(keptFolderOf(stateFolder, id), "state.json");
  let stopped = false;
  using _signals = context.onSignal(() => stopped = true);
  let before: PipelineState | undefined;
  while (!stopped) {
    // Asked before the read: what was written until then is read below, and nothing comes after it.
    const live = await isLive(stateFolder, id);
    const parsed = PipelineStateSchema.safeParse(JSON.parse(await Deno.readTextFile(file)));
    if (parsed.success) {
      for (const line of changesBetween(before, parsed.data)) context.stdout(`${line}\n`);
      before = parsed.data;
    }
    if (!live) break;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  const status = before?.status === "running" ? "interrupted" : before?.status ?? "unknown";
  context.stderr(`codex-dispatch: pipeline ${status}\n`);
  return EXIT.accepted;
}

/** What happened between two states, a line each. Pure. */
export function changesBetween(before: PipelineState | undefined, now: PipelineState): string[] {
  const ended = now.attempts.slice(before?.attempts.length ?? 0).map((attempt) =>
    plainLine({ kind: "stage-ended", attempt })
  );
  const others = now.stages.flatMap(({ id, status, round, note }) => {
    const was = before?.stages.find((stage) => stage.id === id);
    if (was?.status === status && was.round === round) return [];
    if (status === "running") return [plainLine({ kind: "stage-started", stage: id, round })];
    if (status === "skipped") return [plainLine({ kind: "stage-skipped", stage: id, because: note ?? "" })];
    return status === "waiting" ? [`${id}: waits. ${note ?? ""}`] : [];
  });
  return [...ended, ...others];
}
