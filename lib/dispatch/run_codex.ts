import { ANSWER_JSON_SCHEMA } from "../codex/answer_schema.ts";
import { type AnswerReading, readAnswer } from "../codex/read_answer.ts";
import type { EventSummary } from "../codex/events.ts";
import type { CodexProgram } from "../codex/find_codex.ts";
import { codexArguments, codexEnvironment } from "../codex/invocation.ts";
import { NO_LOG, serverLog, ServerLogReader } from "../codex/server_log.ts";
import type { Containment } from "../process/contain.ts";
import { HeadAndTail } from "../process/head_and_tail.ts";
import { runWatched, type WatchedEnd } from "../process/run_watched.ts";
import type { RunRecord } from "../records/run_record.ts";
import { messageOf } from "../base/errors.ts";
import { renderJson } from "../base/render_json.ts";
import type { DispatchContext } from "./context.ts";
import { EventWatcher } from "./event_watcher.ts";
import type { DispatchOptions } from "./options.ts";

/** How the work of a run ended, and what it said and left. */
export interface WorkEnd extends WatchedEnd {
  readonly events: EventSummary;
  /** Undefined where none was asked for: commands that codex-dispatch ran itself. */
  readonly answer: AnswerReading | undefined;
  /** Beginning and end of its standard error. */
  readonly stderr: Uint8Array;
}

/** Bytes of standard error that are kept of its beginning and of its end. */
export const STDERR_KEPT = 256 * 1024;

/** Runs Codex on a prompt. Its events are kept as they come; its answer is read from a path that nothing stood at before. */
export async function runCodex(
  codex: CodexProgram,
  prompt: string,
  { workdir, options, record, context, contained, onFed }: {
    readonly workdir: string;
    readonly options: DispatchOptions;
    readonly record: RunRecord;
    readonly context: DispatchContext;
    readonly contained: Containment;
    /** Called once Codex has its prompt. */
    readonly onFed: () => void;
  },
): Promise<WorkEnd> {
  const files = {
    workdir,
    schema: `${record.scratch}/answer.schema.json`,
    answer: `${record.scratch}/answer.json`,
  };
  await Deno.writeTextFile(files.schema, renderJson(ANSWER_JSON_SCHEMA));
  const events = new EventWatcher(context.report);
  const stderr = new HeadAndTail(STDERR_KEPT);
  const logging = options.limits.heartbeat === null
    ? NO_LOG
    : serverLog({ ...context.environment, ...context.part?.variables });
  const log = new ServerLogReader(logging, (bytes) => stderr.push(bytes));
  record.openEvents();
  let ended: WatchedEnd;
  try {
    const settings = { ...options.settings, config: [...logging.config, ...options.settings.config] };
    ended = await runWatched(codex.path, codexArguments(settings, files), {
      cwd: workdir,
      env: codexEnvironment(context.environment, {
        ...codex.env,
        ...logging.env,
        ...context.part?.variables,
        PYTHONPYCACHEPREFIX: `${record.scratch}/pycache`,
      }),
      stdin: prompt,
      onFed,
      limits: options.limits,
      onStdout: (chunk, watchdog) => {
        record.appendEvents(chunk);
        events.push(chunk, watchdog);
      },
      onStderr: (chunk, watchdog) => {
        if (log.push(chunk)) watchdog.signOfLife();
      },
      containment: contained,
      interrupt: context.interrupt,
      hurry: context.hurry,
    });
  } catch (error) {
    // The run directory is there already, so this is a run that failed, not a refusal.
    stderr.push(
      new TextEncoder().encode(`codex-dispatch: "${codex.path}" could not be started: ${messageOf(error)}\n`),
    );
    ended = { cause: { kind: "exited" }, code: null, signal: null, survivors: [] };
  }
  log.finish();
  const endedWell = ended.cause.kind === "exited" && ended.code === 0;
  const answer = endedWell ? await readAnswer(files.answer) : NO_ANSWER;
  return { ...ended, events: events.finish(), answer, stderr: stderr.bytes() };
}

const NO_ANSWER: AnswerReading = {
  kind: "missing",
  detail: "Codex did not end well, so no answer was read.",
};
