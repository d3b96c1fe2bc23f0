import * as path from "node:path";
import type { SessionRun } from "./session_run_schema.ts";
import { writeWhole } from "./write_file.ts";
import { sha256Of } from "../base/digest.ts";
import { renderJson } from "../base/render_json.ts";

export interface RunOfSession {
  readonly runDir: string;
  readonly repository: string;
  readonly at: Date;
}

/**
 * Keeps which run a session of Claude Code dispatched last. CLAUDE_CODE_SESSION_ID names the session, from Claude Code 2.1.132 on;
 * where there is CLAUDECODE alone, the repository stands for it. A dispatch by Codex's own commands is no session's.
 */
export function noteSessionRun(
  state: string,
  environment: Readonly<Record<string, string>>,
  { runDir, repository, at }: RunOfSession,
): void {
  const { CLAUDE_CODE_SESSION_ID: session, CLAUDECODE: inside, CODEX_THREAD_ID: codex } =
    environment as Readonly<
      Partial<Record<"CLAUDE_CODE_SESSION_ID" | "CLAUDECODE" | "CODEX_THREAD_ID", string>>
    >;
  if (codex || !(session || inside)) return;
  const file = session ? fileOfSession(state, session) : fileOfRepository(state, repository);
  try {
    Deno.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const run: SessionRun = { run_dir: runDir, at: at.getTime() };
    writeWhole(file, renderJson(run));
  } catch {
    // The run is worth more than the note about it.
  }
}

/** The last run that a session dispatched, by its own id. */
export async function runOfSession(state: string, session: string): Promise<SessionRun | undefined> {
  return await readNote(fileOfSession(state, session));
}

/** The last run that a session without an id dispatched in a repository. */
export async function runOfRepository(state: string, repository: string): Promise<SessionRun | undefined> {
  return await readNote(fileOfRepository(state, repository));
}

/** No session goes on for so long. Milliseconds. */
const KEPT_FOR = 30 * 24 * 3600 * 1000;

/** Takes the notes of old sessions away. */
export async function forgetSessions(state: string, now: Date): Promise<void> {
  const folder = path.join(state, SESSIONS);
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const note = await readNote(path.join(folder, name));
      if (now.getTime() - (note?.at ?? 0) > KEPT_FOR) await Deno.remove(path.join(folder, name));
    }
  } catch {
    // There are none, or another process takes them away at the same time.
  }
}

const SESSIONS = "sessions";

function fileOfSession(state: string, session: string): string {
  return path.join(state, SESSIONS, `${sha256Of(`session ${session}`)}.json`);
}

function fileOfRepository(state: string, repository: string): string {
  return path.join(state, SESSIONS, `${sha256Of(`repository ${repository}`)}.json`);
}

async function readNote(file: string): Promise<SessionRun | undefined> {
  try {
    // Only who reads one loads the schema: a dispatch writes its own.
    const { SessionRunSchema } = await import("./session_run_schema.ts");
    return SessionRunSchema.parse(JSON.parse(await Deno.readTextFile(file)));
  } catch {
    return undefined;
  }
}
