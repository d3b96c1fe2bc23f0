import * as path from "node:path";
import { type CodexProgram, findCodex } from "../codex/find_codex.ts";
import { codexVersion } from "../codex/version.ts";
import type { Baseline } from "../evidence/baseline.ts";
import { dirtyOverlap } from "../evidence/judge.ts";
import { makePatch } from "../evidence/patch.ts";
import { renderStatus } from "../evidence/status.ts";
import type { Packet } from "../packet/check_packet.ts";
import { renderPrompt } from "../packet/prompt.ts";
import { type Containment, containment, type Supervision } from "../process/contain.ts";
import { ignoreRecords, openRunsFolder, openStateFolder } from "../records/folders.ts";
import { openScratch } from "../records/live_runs.ts";
import { renderResultText } from "../records/result_text.ts";
import { newRunId } from "../records/run_id.ts";
import { ARTIFACTS, RunRecord, type RunVerdict } from "../records/run_record.ts";
import { refusal } from "../base/errors.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";
import { conclude, type Conclusion, type RunEnd, type RunFacts, withUnmet } from "./conclude.ts";
import type { DispatchContext } from "./context.ts";
import { findContradictions } from "./contradictions.ts";
import { Examination, rulesOf } from "./examine.ts";
import { type DispatchOptions, recordedOptions } from "./options.ts";
import { ownRecords, tamperedRecord } from "./tampered_records.ts";
import { readRequirements, type Requirements, unmetRequirements } from "./requirements.ts";
import { runCodex } from "./run_codex.ts";

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
  const { environment } = context;
  const requirements = await readRequirements(options.require, options.requireVerdict);
  const [runs, state, codex] = await Promise.all([
    openRunsFolder(packet.workdir, options.outputDir),
    openStateFolder(packet.repository, environment),
    options.dryRun ? undefined : findCodex({ given: options.codex, environment }),
  ]);
  if (codex) await passQuotaGate(codex, options, context);
  const runId = newRunId(packet.fields.mode, packet.fields.objective, started);
  const scratch = await openScratch(state, runId);
  try {
    const run = new Run({
      packet,
      options,
      context,
      requirements,
      runs,
      state,
      codex,
      runId,
      scratch,
      started,
    });
    return await run.toItsEnd();
  } finally {
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  }
}

interface RunParts {
  readonly packet: Packet;
  readonly options: DispatchOptions;
  readonly context: DispatchContext;
  readonly requirements: Requirements;
  readonly runs: string;
  readonly state: string;
  readonly codex: CodexProgram | undefined;
  readonly runId: string;
  readonly scratch: string;
  readonly started: Date;
}

class Run {
  readonly #parts: RunParts;
  readonly #clock = performance.now();
  #patched: readonly TreePath[] = [];

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  async toItsEnd(): Promise<Conclusion> {
    const { packet, options, context, runs, state, codex, runId, scratch, requirements } = this.#parts;
    const { environment } = context;
    context.report({ kind: "step", text: "looking at the work tree" });
    const [examination, version, contained] = await Promise.all([
      Examination.begin(packet, { environment, scratch }),
      codex ? codexVersion(codex, environment) : null,
      containment(environment),
    ]);
    const { baseline } = examination;
    const facts = this.#facts(version, contained.supervision);
    const unfinished = this.#verdict(conclude(facts, { kind: "unfinished" }, this.#elapsed()));
    const record = await RunRecord.open({ runs, runId, scratch }, unfinished);
    context.report({ kind: "run", folder: record.folder });
    const prompt = renderPrompt(packet.fields.mode, packet.text);
    record.keep(ARTIFACTS.task, packet.text);
    record.keep(ARTIFACTS.prompt, prompt);
    record.keep(ARTIFACTS.statusBefore, renderStatus(baseline.status.entries));
    record.keep(ARTIFACTS.diffStatBefore, baseline.diffStat);

    const early = refuseOverlap(packet, options, baseline) ?? stopBeforeCodex(options, baseline, context);
    const end = early ?? await this.#run({ examination, record, prompt, unfinished, contained });
    const conclusion = conclude(facts, end, this.#elapsed());
    const gated = withUnmet(
      conclusion,
      end.kind === "ran" ? await unmetRequirements(requirements, conclusion) : [],
    );
    const own = path.relative(packet.repository, record.folder);
    const wasTampered = gated.policy.violations.some((each) =>
      each.kind === "record-tampered" && each.path !== undefined &&
      (each.path.startsWith(own) || path.isAbsolute(each.path))
    );
    await record.close(this.#verdict(gated), wasTampered);
    await ignoreRecords(packet.workdir);
    const { sealRun } = await import("./seal_run.ts");
    await sealRun(record.folder, {
      state,
      runId,
      repository: packet.repository,
      patched: this.#patched,
      walker: examination.walker,
      now: context.now(),
    });
    baseline.saved.close();
    return gated;
  }

  async #run(
    { examination, record, prompt, unfinished, contained }: {
      readonly examination: Examination;
      readonly record: RunRecord;
      readonly prompt: string;
      readonly unfinished: RunVerdict;
      readonly contained: Containment;
    },
  ): Promise<RunEnd> {
    const { packet, options, context, state, codex, scratch, started } = this.#parts;
    if (!codex) throw new Error("Codex is started without having been looked for");
    const { baseline, walker } = examination;
    context.report({ kind: "step", text: "running Codex" });
    const ended = await runCodex(codex, prompt, {
      workdir: packet.workdir,
      options,
      record,
      context,
      contained,
    });
    record.keep(ARTIFACTS.stderr, ended.stderr);

    context.report({ kind: "step", text: "looking at the work tree again" });
    const rules = rulesOf(packet, options);
    const own = path.relative(packet.repository, record.folder);
    const tampered = await tamperedRecord(record, unfinished, own);
    const { aftermath, judgement } = await examination.end(
      rules,
      () => ownRecords({ record, own, records: rules.records, state, started }),
    );
    record.keep(
      ARTIFACTS.statusAfter,
      aftermath.status === null ? "git status failed\n" : renderStatus(aftermath.status.entries),
    );
    record.keep(ARTIFACTS.diffStatAfter, aftermath.diffStat);
    const patch = await makePatch(baseline, aftermath, { walker, scratch, environment: context.environment });
    record.keep(ARTIFACTS.patch, patch.bytes);
    this.#patched = patch.paths;
    const contradictions = ended.answer.kind !== "valid" ? [] : findContradictions({
      answer: ended.answer.answer,
      changed: judgement.changes.map((change) => change.path),
      commands: ended.events.commands,
      verification: packet.fields.verification.map(({ text }) => text),
      workdir: packet.workdir,
      repository: packet.repository,
      tolerated: judgement.tolerated,
      workdirAsGiven: packet.fields.workdir,
    });
    return {
      kind: "ran",
      ...ended,
      judgement: { ...judgement, violations: [...judgement.violations, ...tampered] },
      contradictions,
      patchOmits: patch.omits,
    };
  }

  #facts(codexVersion: string | null, supervision: Supervision): RunFacts {
    const { packet, options, runs, runId, started } = this.#parts;
    return {
      runId,
      runDir: path.join(runs, runId),
      mode: packet.fields.mode,
      workdir: packet.workdir,
      repository: packet.repository,
      writeScope: packet.fields.writeScope.map(({ text }) => text),
      options: recordedOptions(options),
      startedAt: started,
      codexVersion,
      supervision,
    };
  }

  #verdict(conclusion: Conclusion): RunVerdict {
    const { objective } = this.#parts.packet.fields;
    return { ...conclusion, resultText: renderResultText(conclusion.policy, conclusion.result, objective) };
  }

  #elapsed(): number {
    return performance.now() - this.#clock;
  }
}

async function passQuotaGate(
  codex: CodexProgram,
  options: DispatchOptions,
  context: DispatchContext,
): Promise<void> {
  if (options.force || options.quotaGate === null) return;
  context.report({ kind: "step", text: "asking Codex for its quota" });
  const { quotaObjection, readQuota } = await import("../codex/quota.ts");
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

function refuseOverlap(packet: Packet, options: DispatchOptions, baseline: Baseline): RunEnd | undefined {
  const { mode, allowDirtyOverlap } = packet.fields;
  if (mode !== "worker" || allowDirtyOverlap || options.allowDirtyOverlap) return undefined;
  const paths = dirtyOverlap(baseline.status, packet.scope).map(showPath);
  return paths.length === 0 ? undefined : { kind: "dirty-overlap", paths, head: baseline.status.head };
}

function stopBeforeCodex(
  options: DispatchOptions,
  baseline: Baseline,
  context: DispatchContext,
): RunEnd | undefined {
  const { head } = baseline.status;
  if (context.interrupt.aborted) {
    const signal = context.interrupt.reason === "SIGINT" ? "SIGINT" : "SIGTERM";
    return { kind: "interrupted-before-codex", signal, head };
  }
  return options.dryRun ? { kind: "dry-run", head } : undefined;
}
