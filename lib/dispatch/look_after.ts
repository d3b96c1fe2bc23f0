import * as path from "node:path";
import type { Change } from "../evidence/changes.ts";
import { makePatch } from "../evidence/patch.ts";
import type { Reversal } from "../evidence/reversal.ts";
import { renderStatus } from "../evidence/status.ts";
import type { Packet } from "../packet/check_packet.ts";
import { ARTIFACTS } from "../records/artifacts.ts";
import type { RunMode } from "../records/run_id.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { TreePath } from "../base/tree_path.ts";
import { notWritten } from "./close_run.ts";
import type { RunFindings } from "./run_end.ts";
import type { DispatchContext } from "./context.ts";
import { findContradictions } from "./contradictions.ts";
import { rulesOf, withOriginal } from "./examine.ts";
import type { DispatchOptions } from "./options.ts";
import { ownRecords } from "./own_records.ts";
import type { WorkEnd } from "./run_codex.ts";
import { tamperedRecord } from "./tampered_records.ts";
import type { Trees } from "./trees.ts";

/** What was seen after the work of a run. */
export interface SeenAfter {
  readonly findings: RunFindings;
  /** What taking back the run's patch needs besides; undefined if there is none. */
  readonly reversal: Reversal | undefined;
  /** What of the record there will not be, in sentences. */
  readonly lost: readonly string[];
}

/** Looks at the trees again, judges what changed, and keeps what the record says of it. */
export async function lookAfter(
  { examination, original, runsBefore }: Trees,
  { mode, packet, place, options, context, state, scratch, ended, record }: {
    readonly mode: RunMode;
    readonly packet: Packet;
    /** The packet over the tree where the records lie. */
    readonly place: Packet;
    readonly options: DispatchOptions;
    readonly context: DispatchContext;
    readonly state: string;
    readonly scratch: string;
    readonly ended: WorkEnd;
    readonly record: RunRecord;
  },
): Promise<SeenAfter> {
  const { baseline, walker } = examination;
  context.report({ kind: "step", text: "looking at the work tree again" });
  const rules = rulesOf(packet, { mode, strictIgnored: options.strictIgnored });
  const own = path.relative(place.repository, record.folder);
  const tampered = await tamperedRecord(record, own);
  const ours = async (changes: readonly Change[]): Promise<Set<TreePath>> => {
    const root = place.repository;
    const records = await ownRecords(changes, { record, own, root, state, before: runsBefore });
    const stage = changes.filter((change) => context.part?.ownPaths(change.path));
    return new Set([...records, ...stage.map((change) => change.path)]);
  };
  const [{ aftermath, judgement: here }, there] = await Promise.all([
    examination.end(rules, original ? () => Promise.resolve(new Set()) : ours),
    original?.end(rulesOf(place, rules), ours),
  ]);
  const judgement = there ? withOriginal(here, there.judgement) : here;
  record.keep(
    ARTIFACTS.statusAfter,
    aftermath.status === null ? "git status failed\n" : renderStatus(aftermath.status.entries),
  );
  record.keep(ARTIFACTS.diffStatAfter, aftermath.diffStat);
  const lost: string[] = [];
  const patch = await makePatch(baseline, aftermath, { walker, scratch, environment: context.environment })
    .catch((error) => void lost.push(notWritten(ARTIFACTS.patch, error)));
  if (patch) record.keep(ARTIFACTS.patch, patch.bytes);
  const contradictions = ended.answer?.kind !== "valid" ? [] : findContradictions({
    answer: ended.answer.answer,
    changed: judgement.changes.map((change) => change.path),
    commands: ended.events.commands,
    verification: packet.fields.verification.map(({ text }) => text),
    workdir: packet.workdir,
    repository: packet.repository,
    tolerated: judgement.tolerated,
    workdirAsGiven: packet.fields.workdir,
  });
  const findings = {
    judgement: { ...judgement, violations: [...judgement.violations, ...tampered] },
    contradictions,
    patchOmits: patch?.omits ?? [],
  };
  return { findings, reversal: patch?.reversal, lost };
}
