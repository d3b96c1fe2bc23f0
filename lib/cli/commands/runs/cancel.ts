import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { ownerOf, untilEnded } from "../../../records/live_runs.ts";
import { readRun } from "../../../records/read_runs.ts";
import { readSeal } from "../../../records/seal.ts";
import { settle } from "../../../records/settled.ts";
import { DispatchError } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";

/** How long a run may take to end Codex, look at the tree and write its artifacts. Milliseconds. */
const DEADLINE = 120_000;

/** `runs cancel`: ends a run as SIGTERM does, and says what became of it. One that has ended already stays as it is. */
export async function runsCancel(
  meant: string,
  flags: PlaceFlags & { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { run, state } = await meantRun(meant, flags, context);
  const owner = await ownerOf(state, run.id);
  if (owner !== undefined) {
    signal(owner);
    await ended(state, run.id, context);
  }
  const settled = settle(await readRun(run.folder), await readSeal(state, run.id));
  const status = settled.kind === "ended"
    ? settled.result.status
    : settled.kind === "tampered"
    ? "tampered"
    : "interrupted";
  const exit = settled.kind === "ended" ? settled.policy.exit_code : null;
  const document = {
    run_id: run.id,
    run_dir: run.folder,
    cancelled: owner !== undefined,
    status,
    exit_code: exit,
  };
  const had = owner === undefined ? "had ended already" : "has ended";
  context.stdout(
    flags.json
      ? `${JSON.stringify(document, null, 2)}\n`
      : `${run.id}: ${had}: ${status}${exit === null ? "" : ` (exit ${exit})`}\n`,
  );
  return EXIT.accepted;
}

async function ended(state: string, runId: string, context: CliContext): Promise<void> {
  const stop = new AbortController();
  using _signals = context.onSignal((name) => stop.abort(name));
  const timer = setTimeout(() => stop.abort("timeout"), DEADLINE);
  const done = await untilEnded(state, runId, stop.signal);
  clearTimeout(timer);
  if (done) return;
  const { reason } = stop.signal;
  const exit = reason === "SIGINT" ? EXIT.sigint : reason === "SIGTERM" ? EXIT.sigterm : EXIT.badInput;
  const message =
    `The run "${runId}" was told to end and has not yet. Wait for it: codex-dispatch runs wait ${runId}`;
  throw new DispatchError(exit, [{ code: "still-running", message }]);
}

function signal(pid: number): void {
  try {
    Deno.kill(pid, "SIGTERM");
  } catch (error) {
    // It ended between the two looks; or it belongs to another user.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
