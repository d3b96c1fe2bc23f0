import type { Baseline } from "../evidence/baseline.ts";
import { dirtyOverlap } from "../evidence/dirty_overlap.ts";
import type { Packet } from "../packet/check_packet.ts";
import { DispatchError } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { exitOfSignal, stopSignalOf } from "../base/stop_signal.ts";
import { showPath } from "../base/tree_path.ts";
import type { RunEnd } from "./run_end.ts";
import type { DispatchContext } from "./context.ts";
import type { DispatchOptions } from "./options.ts";

/** How a run ends before Codex is started: dirt in its scope, a dry run. Undefined if it goes on. */
export function endBeforeCodex(
  { status }: Baseline,
  { packet, options, context }: {
    readonly packet: Packet;
    readonly options: DispatchOptions;
    readonly context: DispatchContext;
  },
): RunEnd | undefined {
  const { head } = status;
  const { mode, allowDirtyOverlap } = packet.fields;
  const isAllowed = allowDirtyOverlap || options.allowDirtyOverlap || context.part?.overlapJudged === true;
  const paths = mode !== "worker" || isAllowed ? [] : dirtyOverlap(status, packet.scope).map(showPath);
  if (paths.length > 0) return { kind: "dirty-overlap", paths, head };
  return options.dryRun ? { kind: "dry-run", head } : undefined;
}

/** How a run ends that has its directory already when it is refused or interrupted. */
export function endRefused({ exit, problems }: DispatchError): RunEnd {
  if (exit === EXIT.sigint || exit === EXIT.sigterm) {
    const signal = exit === EXIT.sigint ? "SIGINT" : "SIGTERM";
    return { kind: "interrupted-before-codex", signal, head: null };
  }
  return { kind: "refused", exit, reasons: problems.map(({ message }) => message) };
}

/** What is told of a dispatch that was interrupted while its caller still waited for a run. */
export function stoppedBeforeRun(interrupt: AbortSignal): DispatchError {
  const signal = stopSignalOf(interrupt);
  const message = `Stopped by ${signal} before there was a run.`;
  return new DispatchError(exitOfSignal(signal), [{ code: "interrupted", message }]);
}
