import { answerJsonSchema, readAnswer } from "../codex/answer.ts";
import { type CodexEvent, EventReader } from "../codex/events.ts";
import { type CodexProgram, findCodex } from "../codex/find_codex.ts";
import { codexArguments, codexEnvironment } from "../codex/invocation.ts";
import { quotaObjection, readQuota } from "../codex/quota.ts";
import { codexVersion } from "../codex/version.ts";
import { compareSnapshots } from "../evidence/changes.ts";
import { dirtyOverlap, judge } from "../evidence/judge.ts";
import { pathsBetween, type Snapshot, takeSnapshot } from "../evidence/snapshot.ts";
import { renderStatus } from "../evidence/status.ts";
import type { Packet } from "../packet/check_packet.ts";
import { renderPrompt } from "../packet/prompt.ts";
import { HeadAndTail } from "../process/head_and_tail.ts";
import { runWatched, type WatchedEnd } from "../process/run_watched.ts";
import type { Watchdog } from "../process/watchdog.ts";
import { openRunsFolder, openStateFolder } from "../records/folders.ts";
import { renderResultText } from "../records/result_text.ts";
import { newRunId } from "../records/run_id.ts";
import { ARTIFACTS, RunRecord, type RunVerdict } from "../records/run_record.ts";
import { renderJson } from "../records/write_file.ts";
import { messageOf, refusal } from "../base/errors.ts";
import { showPath } from "../base/tree_path.ts";
import { conclude, type Conclusion, type RunEnd, type RunFacts, withUnmet } from "./conclude.ts";
import { type DispatchOptions, recordedOptions } from "./options.ts";
import { readRequirements, unmetRequirements } from "./requirements.ts";

/** What a dispatch takes from the process that it runs in. */
export interface DispatchContext {
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => Date;
  /** Aborted with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupt: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** What happens during a dispatch, for whoever looks on. */
export type Progress =
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "run"; readonly folder: string }
  | { readonly kind: "codex"; readonly event: CodexEvent };

/** Bytes of standard error that are kept of its beginning and of its end. */
const STDERR_KEPT = 256 * 1024;

/**
 * One packet from start to verdict. The order is: refuse what can be refused, look at the tree, run Codex, look again,
 * judge, write it all down.
 *
 * @throws DispatchError for what is refused before there is a run directory (exit 1 or 2)
 */
export async function dispatch(
  packet: Packet,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<Conclusion> {
  const started = context.now();
  const clock = performance.now();
  const requirements = await readRequirements(options.require, options.requireVerdict);
  const [runs, state, codex] = await Promise.all([
    openRunsFolder(packet.workdir, options.outputDir),
    openStateFolder(packet.repository, context.environment),
    options.dryRun ? undefined : findCodex({ given: options.codex, environment: context.environment }),
  ]);
  if (codex) await passQuotaGate(codex, options, context);
  context.report({ kind: "step", text: "looking at the work tree" });
  const [before, version] = await Promise.all([
    takeSnapshot(packet.repository, context.environment),
    codex ? codexVersion(codex, context.environment) : null,
  ]);

  const { mode, objective, writeScope } = packet.fields;
  const runId = newRunId(mode, objective, started);
  const facts: RunFacts = {
    runId,
    runDir: `${runs}/${runId}`,
    mode,
    workdir: packet.workdir,
    repository: packet.repository,
    writeScope: writeScope.map(({ text }) => text),
    options: recordedOptions(options),
    startedAt: started,
    codexVersion: version,
  };
  const verdictOf = (end: RunEnd): RunVerdict => {
    const conclusion = conclude(facts, end, performance.now() - clock);
    return { ...conclusion, resultText: renderResultText(conclusion.policy, conclusion.result, objective) };
  };

  const record = await RunRecord.open(runId, { runs, state }, verdictOf({ kind: "unfinished" }));
  context.report({ kind: "run", folder: record.folder });
  const prompt = renderPrompt(mode, packet.text);
  await record.keep(ARTIFACTS.task, packet.text);
  await record.keep(ARTIFACTS.prompt, prompt);
  await record.keep(ARTIFACTS.statusBefore, renderStatus(before.status.entries));
  await record.keep(ARTIFACTS.diffStatBefore, before.diffStat);

  const end = refuseOverlap(packet, options, before) ?? stopBeforeCodex(options, before, context) ??
    await runCodex({ packet, options, context, record, before, prompt, codex });
  const conclusion = conclude(facts, end, performance.now() - clock);
  const gated = withUnmet(
    conclusion,
    end.kind === "ran" ? await unmetRequirements(requirements, conclusion) : [],
  );
  await record.close({ ...gated, resultText: renderResultText(gated.policy, gated.result, objective) });
  return gated;
}

async function passQuotaGate(
  codex: CodexProgram,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<void> {
  if (options.force || options.quotaGate === null) return;
  context.report({ kind: "step", text: "asking Codex for its quota" });
  const reading = await readQuota(codex, context.environment, options.settings.config);
  if (reading.kind === "unreadable") {
    context.report({
      kind: "warning",
      text: `The quota could not be read, so the gate is open: ${reading.why}`,
    });
    return;
  }
  const objection = quotaObjection(reading.quota, options.quotaGate, context.now().getTime());
  if (objection !== undefined) {
    throw refusal("quota", `${objection} Wait, or start all the same with --force.`);
  }
}

function refuseOverlap(packet: Packet, options: DispatchOptions, before: Snapshot): RunEnd | undefined {
  const { mode, allowDirtyOverlap } = packet.fields;
  if (mode !== "worker" || allowDirtyOverlap || options.allowDirtyOverlap) return undefined;
  const paths = dirtyOverlap(before.status, packet.scope).map(showPath);
  return paths.length === 0 ? undefined : { kind: "dirty-overlap", paths, head: before.status.head };
}

function stopBeforeCodex(
  options: DispatchOptions,
  before: Snapshot,
  context: DispatchContext,
): RunEnd | undefined {
  const head = before.status.head;
  if (context.interrupt.aborted) {
    return {
      kind: "interrupted-before-codex",
      signal: context.interrupt.reason === "SIGINT" ? "SIGINT" : "SIGTERM",
      head,
    };
  }
  return options.dryRun ? { kind: "dry-run", head } : undefined;
}

interface CodexRun {
  readonly packet: Packet;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
  readonly record: RunRecord;
  readonly before: Snapshot;
  readonly prompt: string;
  readonly codex: CodexProgram | undefined;
}

async function runCodex(run: CodexRun): Promise<RunEnd> {
  const { packet, context, record, before } = run;
  const answerFile = `${record.scratch}/answer.json`;
  const events = new EventWatcher(context.report);
  const stderr = new HeadAndTail(STDERR_KEPT);
  const ended = await startCodex(run, { answerFile, events, stderr });
  await record.keep(ARTIFACTS.stderr, stderr.bytes());
  context.report({ kind: "step", text: "looking at the work tree again" });
  const [answer, after] = await Promise.all([
    ended.cause.kind === "exited" && ended.code === 0 ? readAnswer(answerFile) : NO_ANSWER,
    takeSnapshot(packet.repository, context.environment),
  ]);
  await record.keep(ARTIFACTS.statusAfter, renderStatus(after.status.entries));
  await record.keep(ARTIFACTS.diffStatAfter, after.diffStat);
  const heads = [before.status.head, after.status.head] as const;
  const moved = heads[0] !== null && heads[1] !== null && heads[0] !== heads[1]
    ? await pathsBetween([heads[0], heads[1]], packet.repository, context.environment)
    : [];
  const judgement = judge(
    { changes: compareSnapshots(before, after, moved), before: before.status, after: after.status },
    {
      mode: packet.fields.mode,
      scope: packet.scope,
      waive: packet.waive,
      allowCommits: packet.fields.allowCommits,
    },
  );
  return {
    kind: "ran",
    ...ended,
    events: events.finish(),
    answer,
    judgement,
    headBefore: heads[0],
    headAfter: heads[1],
  };
}

const NO_ANSWER = { kind: "missing", detail: "Codex did not end well, so no answer was read." } as const;

interface Sinks {
  readonly answerFile: string;
  readonly events: EventWatcher;
  readonly stderr: HeadAndTail;
}

async function startCodex(run: CodexRun, { answerFile, events, stderr }: Sinks): Promise<WatchedEnd> {
  const { packet, options, context, record, prompt, codex } = run;
  if (!codex) throw new Error("Codex is started without having been looked for");
  const schema = `${record.scratch}/answer.schema.json`;
  await Deno.writeTextFile(schema, renderJson(answerJsonSchema()));
  record.openEvents();
  context.report({ kind: "step", text: "running Codex" });
  try {
    return await runWatched(
      codex.path,
      codexArguments(options.settings, { workdir: packet.workdir, schema, answer: answerFile }),
      {
        cwd: packet.workdir,
        env: codexEnvironment(context.environment, {
          ...codex.env,
          PYTHONPYCACHEPREFIX: `${record.scratch}/pycache`,
        }),
        stdin: prompt,
        limits: options.limits,
        onStdout: (chunk, watchdog) => {
          record.appendEvents(chunk);
          events.push(chunk, watchdog);
        },
        onStderr: (chunk) => stderr.push(chunk),
        interrupt: context.interrupt,
      },
    );
  } catch (error) {
    // The run directory is there already, so this is a run that failed, not a refusal.
    stderr.push(
      new TextEncoder().encode(`codex-dispatch: "${codex.path}" could not be started: ${messageOf(error)}\n`),
    );
    return { cause: { kind: "exited" }, code: null, signal: null };
  }
}

/** Reads the events as they come, for the display and the watchdog. */
class EventWatcher {
  readonly #reader: EventReader;
  #watchdog: Watchdog | undefined;

  constructor(report: (progress: Progress) => void) {
    this.#reader = new EventReader((event) => {
      if (event.kind === "command-started") this.#watchdog?.commandStarted(event.id, event.command);
      if (event.kind === "command-ended") this.#watchdog?.commandEnded(event.id);
      report({ kind: "codex", event });
    });
  }

  push(chunk: Uint8Array, watchdog: Watchdog): void {
    this.#watchdog = watchdog;
    this.#reader.push(chunk);
  }

  finish(): ReturnType<EventReader["finish"]> {
    return this.#reader.finish();
  }
}
