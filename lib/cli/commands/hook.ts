import type { CliContext } from "../context.ts";
import type { StopInput } from "../hook/last_run.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";

/** Claude Code takes this exit status of a hook as a no, and hands standard error to the model. Source: its hooks reference. */
const BLOCKS = EXIT.refused;

/** All of it is known by then, or the session is let go. Milliseconds. */
const DEADLINE = 10_000;

/**
 * `hook stop`: Claude Code's Stop hook. It says no while the session's last run is neither accepted nor settled by `runs accept` or
 * `runs reject`, and never twice in a row. Whatever goes wrong here, the session may end: nobody is locked in.
 */
export async function hookStop(context: CliContext): Promise<ExitCode> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), DEADLINE));
  try {
    const objection = await Promise.race([findObjection(context), late]);
    if (objection === undefined) return EXIT.accepted;
    context.stderr(`codex-dispatch: ${objection}\n`);
    return BLOCKS;
  } catch {
    return EXIT.accepted;
  } finally {
    clearTimeout(timer);
  }
}

async function findObjection(context: CliContext): Promise<string | undefined> {
  const input = readInput(JSON.parse(new TextDecoder().decode(await context.readStdin())));
  if (!input) return undefined;
  const [{ lastRunOf }, { stopObjection }] = await Promise.all([
    import("../hook/last_run.ts"),
    import("../hook/stop_objection.ts"),
  ]);
  const run = await lastRunOf(input, context.environment);
  return run ? stopObjection(run) : undefined;
}

/** Undefined where there is nothing to say: another event, or a stop that a hook has held up already. */
function readInput(document: unknown): StopInput | undefined {
  if (typeof document !== "object" || document === null) return undefined;
  const { session_id: sessionId, cwd, transcript_path: transcript, stop_hook_active: active } =
    document as Partial<
      Record<"session_id" | "cwd" | "transcript_path" | "stop_hook_active", unknown>
    >;
  if (active !== false && active !== undefined) return undefined;
  if (typeof sessionId !== "string" || sessionId === "" || typeof cwd !== "string") return undefined;
  return { sessionId, cwd, transcript: typeof transcript === "string" ? transcript : undefined };
}
