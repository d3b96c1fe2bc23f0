import * as path from "node:path";
import { codexVersion } from "../codex/version.ts";
import { type Containment, containment, NOT_CONTAINED } from "../process/contain.ts";
import { ARTIFACTS } from "../records/artifacts.ts";
import { RunRecord } from "../records/run_record.ts";
import { noteSessionRun } from "../records/session_runs.ts";
import type { RunVerdict } from "../records/verdict_files.ts";
import { conclude, type RunFacts, verdictOf } from "./conclude.ts";
import { recordedOptions } from "./options.ts";
import type { RunParts } from "./run_parts.ts";
import type { Turn } from "./turn.ts";

/** A run that has its directory. */
export interface OpenedRun {
  readonly facts: RunFacts;
  readonly unfinished: RunVerdict;
  readonly record: RunRecord;
  readonly contained: Containment;
}

/** What a run is worked on and supervised with. */
export interface Tools {
  readonly version: string | null;
  readonly contained: Containment;
}

/** What is told of a run that was interrupted before anybody looked for them. */
export const NO_TOOLS: Tools = { version: null, contained: NOT_CONTAINED };

/** Makes the run's directory and tells the caller of it. From here on it says `interrupted`, until there is a verdict. */
export async function openRun(
  parts: RunParts,
  { runs, tools: { version, contained }, turn }: {
    /** The folder of the run directories. */
    readonly runs: string;
    readonly tools: Tools;
    readonly turn: Turn;
  },
): Promise<OpenedRun> {
  const { context, options, packet, place, state, mode, runId, scratch } = parts;
  const facts: RunFacts = {
    runId,
    runDir: path.join(runs, runId),
    mode,
    workdir: packet.workdir,
    repository: packet.repository,
    writeScope: packet.fields.writeScope.map(({ text }) => text),
    options: recordedOptions(options),
    startedAt: turn.times.startedAt,
    waitedMs: 0,
    codexVersion: version,
    supervision: contained.supervision,
  };
  const { objective } = packet.fields;
  const unfinished = verdictOf(conclude(facts, { kind: "unfinished" }, turn.elapsed()), objective);
  const record = await RunRecord.open({ runs, runId, scratch }, unfinished);
  record.keep(ARTIFACTS.task, packet.text);
  if (!options.dryRun) {
    const made = { runDir: record.folder, repository: place.repository, at: context.now() };
    noteSessionRun(state, context.environment, made);
  }
  context.report({ kind: "run", runId, folder: record.folder, state });
  return { facts, unfinished, record, contained };
}

/** Looks for what the run needs beside the tree. */
export async function findTools({ context, codex, scratch }: RunParts): Promise<Tools> {
  const { environment, self, interrupt } = context;
  const [version, contained] = await Promise.all([
    codex ? codexVersion(codex, environment, interrupt) : null,
    containment({ environment, self, scratch }),
  ]);
  return { version, contained };
}
