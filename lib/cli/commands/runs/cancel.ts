import * as path from "node:path";
import type { CliContext } from "../../context.ts";
import type { PlaceFlags } from "../../meant_run.ts";
import { meantWork } from "../../meant_work.ts";
import { ownerOf, untilEnded } from "../../../records/live_runs.ts";
import { readRun } from "../../../records/read_runs.ts";
import { readSeal } from "../../../records/seal.ts";
import { settle } from "../../../records/settled.ts";
import { DispatchError } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { renderJson } from "../../../base/render_json.ts";

/** A run ends Codex, looks at the tree and writes its artifacts meanwhile; some callers wait no longer. Milliseconds. */
const DEADLINE = 100_000;

/** `runs cancel`: ends a run as SIGTERM does, and says what became of it. One that has ended already stays as it is. */
export async function runsCancel(
  meant: string,
  flags: PlaceFlags & { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { what, id, folder, state } = await meantWork(meant, flags, context);
  const owner = await ownerOf(state, id);
  if (owner !== undefined) {
    signal(owner);
    await ended(state, id, context);
  }
  const { status, exit } = what === "run"
    ? await runOutcome(folder, { state, id })
    : await pipelineOutcome({ state, id });
  const named = what === "run" ? { run_id: id, run_dir: folder } : { id, pipeline_dir: folder };
  const document = { ...named, cancelled: owner !== undefined, status, exit_code: exit };
  const had = owner === undefined ? "had ended already" : "has ended";
  context.stdout(
    flags.json ? renderJson(document) : `${id}: ${had}: ${status}${exit === null ? "" : ` (exit ${exit})`}\n`,
  );
  return EXIT.accepted;
}

interface Outcome {
  readonly status: string;
  readonly exit: number | null;
}

interface Known {
  readonly state: string;
  readonly id: string;
}

async function runOutcome(folder: string, { state, id }: Known): Promise<Outcome> {
  const settled = settle(await readRun(folder), await readSeal(state, id));
  if (settled.kind === "ended") return { status: settled.result.status, exit: settled.policy.exit_code };
  return { status: settled.kind === "tampered" ? "tampered" : "interrupted", exit: null };
}

/** As it is known out of the worker's reach. */
async function pipelineOutcome({ state, id }: Known): Promise<Outcome> {
  const { keptFolderOf } = await import("../../../records/pipeline_folders.ts");
  const file = path.join(keptFolderOf(state, id), "state.json");
  const { status, exit_code: exit }: { status: string; exit_code: number } = JSON.parse(
    await Deno.readTextFile(file),
  );
  return status === "running" ? { status: "interrupted", exit: null } : { status, exit };
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
    `"${runId}" was told to end and has not yet. Wait for it: codex-dispatch runs wait ${runId}`;
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
