import { findCodex } from "../codex/find_codex.ts";
import type { Packet } from "../packet/check_packet.ts";
import { openStateFolder, runsFolder } from "../records/folders.ts";
import { openScratch } from "../records/live_runs.ts";
import { nextRunId } from "../records/next_run_id.ts";
import type { Conclusion } from "./conclude.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";
import { passQuotaGate } from "./quota_gate.ts";
import { readRequirements } from "./requirements.ts";
import { Run } from "./run.ts";

/**
 * One packet from start to verdict. The order is: refuse what can be refused, wait until the tree is free, look at it, run
 * Codex, look again, judge, write it all down.
 *
 * @throws DispatchError for what is refused before there is a run directory (exit 1 or 2)
 */
export async function dispatch(
  packet: Packet,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<Conclusion> {
  const { environment } = context;
  const requirements = await readRequirements(options.require, options.requireVerdict);
  const place = context.part?.original ?? packet;
  const commands = context.part?.commands;
  const [state, codex] = await Promise.all([
    openStateFolder(place.repository, environment),
    options.dryRun || commands ? undefined : findCodex({ given: options.codex, environment }),
  ]);
  if (codex) await passQuotaGate(codex, options, context);
  const mode = commands ? "run" : packet.fields.mode;
  const runs = options.outputDir ?? runsFolder(place.workdir);
  const named = { mode, objective: packet.fields.objective, now: context.now() } as const;
  const runId = await nextRunId(named, { runs, state });
  using scratch = await openScratch(state, runId);
  const run = new Run({
    packet,
    place,
    options,
    context,
    requirements,
    state,
    codex,
    mode,
    runId,
    scratch: scratch.folder,
  });
  try {
    const { conclusion, commit } = await run.toItsEnd();
    await scratch.empty().catch(() => {});
    // Last of all, and from here on without a pause: whoever is killed before has left an interrupted run.
    commit();
    return conclusion;
  } finally {
    run.release();
  }
}
