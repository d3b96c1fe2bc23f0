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
import { beginOriginal, Examination, rulesOf, withOriginal } from "./examine.ts";
import { type DispatchOptions, recordedOptions } from "./options.ts";
import { ownRecords, tamperedRecord } from "./tampered_records.ts";
import { readRequirements, type Requirements, unmetRequirements } from "./requirements.ts";
import { runCodex, type WorkEnd } from "./run_codex.ts";
import { unmetExpectation } from "./run_commands.ts";

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
  const place = context.part?.original ?? packet;
  const commands = context.part?.commands;
  const [runs, state, codex] = await Promise.all([
    openRunsFolder(place.workdir, options.outputDir),
    openStateFolder(place.repository, environment),
    options.dryRun || commands ? undefined : findCodex({ given: options.codex, environment }),
  ]);
  if (codex) await passQuotaGate(codex, options, context);
  const runId = newRunId(commands ? "run" : packet.fields.mode, packet.fields.objective, started);
  const scratch = await openScratch(state, runId);
  try {
    const run = new Run({
      packet,
      place,
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
  /** What is worked on. */
  readonly packet: Packet;
  /** Where the records lie: the same packet, or the one over the tree that its tree is a checkout of. */
  readonly place: Packet;
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
    const { packet, place, options, context, runs, state, codex, runId, scratch, requirements } = this.#parts;
    const { environment } = context;
    context.report({ kind: "step", text: "looking at the work tree" });
    const [examination, original, version, contained] = await Promise.all([
      Examination.begin(packet, { environment, scratch }),
      place === packet ? undefined : beginOriginal(place, { environment, scratch }),
      codex ? codexVersion(codex, environment) : null,
      containment(environment),
    ]);
    const { baseline } = examination;
    const facts = this.#facts(version, contained.supervision);
    const unfinished = this.#verdict(conclude(facts, { kind: "unfinished" }, this.#elapsed()));
    const record = await RunRecord.open({ runs, runId, scratch }, unfinished);
    context.report({ kind: "run", folder: record.folder });
    const prompt = this.#prompt();
    record.keep(ARTIFACTS.task, packet.text);
    record.keep(ARTIFACTS.prompt, prompt);
    record.keep(ARTIFACTS.statusBefore, renderStatus(baseline.status.entries));
    record.keep(ARTIFACTS.diffStatBefore, baseline.diffStat);

    const early = this.#refuseOverlap(baseline) ?? stopBeforeCodex(options, baseline, context);
    const end = early ?? await this.#run({ examination, original, record, prompt, unfinished, contained });
    const conclusion = conclude(facts, end, this.#elapsed());
    const gated = withUnmet(
      conclusion,
      end.kind === "ran"
        ? [...this.#unmetExpectation(end), ...await unmetRequirements(requirements, conclusion)]
        : [],
    );
    const own = path.relative(place.repository, record.folder);
    const wasTampered = gated.policy.violations.some((each) =>
      each.kind === "record-tampered" && each.path !== undefined &&
      (each.path.startsWith(own) || path.isAbsolute(each.path))
    );
    await record.close(this.#verdict(gated), wasTampered);
    await ignoreRecords(place.workdir);
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
    original?.baseline.saved.close();
    return gated;
  }

  async #run(
    { examination, original, record, prompt, unfinished, contained }: {
      readonly examination: Examination;
      readonly original: Examination | undefined;
      readonly record: RunRecord;
      readonly prompt: string;
      readonly unfinished: RunVerdict;
      readonly contained: Containment;
    },
  ): Promise<RunEnd> {
    const { packet, place, options, context, state, scratch, started } = this.#parts;
    const { baseline, walker } = examination;
    const ended = await this.#work(prompt, { record, contained });
    record.keep(ARTIFACTS.stderr, ended.stderr);

    context.report({ kind: "step", text: "looking at the work tree again" });
    const rules = rulesOf(packet, options);
    const own = path.relative(place.repository, record.folder);
    const tampered = await tamperedRecord(record, unfinished, own);
    const { records } = rulesOf(place, options);
    const ours = async (): Promise<(path: TreePath) => boolean> => {
      const isOwn = await ownRecords({ record, own, records, state, started });
      return (each) => isOwn(each) || (context.part?.ownPaths(each) ?? false);
    };
    const [{ aftermath, judgement: here }, there] = await Promise.all([
      examination.end(rules, original ? () => Promise.resolve(() => false) : ours),
      original?.end(rulesOf(place, options), ours),
    ]);
    const judgement = there ? withOriginal(here, there.judgement) : here;
    record.keep(
      ARTIFACTS.statusAfter,
      aftermath.status === null ? "git status failed\n" : renderStatus(aftermath.status.entries),
    );
    record.keep(ARTIFACTS.diffStatAfter, aftermath.diffStat);
    const patch = await makePatch(baseline, aftermath, { walker, scratch, environment: context.environment });
    record.keep(ARTIFACTS.patch, patch.bytes);
    this.#patched = patch.paths;
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
    return {
      kind: "ran",
      ...ended,
      judgement: { ...judgement, violations: [...judgement.violations, ...tampered] },
      contradictions,
      patchOmits: patch.omits,
    };
  }

  /** Has Codex work on the prompt, or runs the commands of the stage. */
  async #work(
    prompt: string,
    { record, contained }: { readonly record: RunRecord; readonly contained: Containment },
  ): Promise<WorkEnd> {
    const { packet, options, context, codex } = this.#parts;
    const commands = context.part?.commands;
    if (commands) {
      context.report({ kind: "step", text: "running the commands" });
      const { runStageCommands } = await import("./run_stage_commands.ts");
      return await runStageCommands(commands, {
        workdir: packet.workdir,
        options,
        record,
        context,
        contained,
      });
    }
    if (!codex) throw new Error("Codex is started without having been looked for");
    context.report({ kind: "step", text: "running Codex" });
    return await runCodex(codex, prompt, { workdir: packet.workdir, options, record, context, contained });
  }

  #prompt(): string {
    const { packet, context } = this.#parts;
    const { commands, preface = "" } = context.part ?? {};
    if (commands) return `No prompt: codex-dispatch runs these itself.\n\n${commands.commands.join("\n")}\n`;
    return renderPrompt(packet.fields.mode, packet.text) + preface;
  }

  #unmetExpectation({ events }: Extract<RunEnd, { kind: "ran" }>): string[] {
    const commands = this.#parts.context.part?.commands;
    return commands ? unmetExpectation(commands, events.commands) : [];
  }

  #refuseOverlap(baseline: Baseline): RunEnd | undefined {
    const { packet, options, context } = this.#parts;
    const { mode, allowDirtyOverlap } = packet.fields;
    const isAllowed = allowDirtyOverlap || options.allowDirtyOverlap || context.part?.overlapJudged === true;
    if (mode !== "worker" || isAllowed) return undefined;
    const paths = dirtyOverlap(baseline.status, packet.scope).map(showPath);
    return paths.length === 0 ? undefined : { kind: "dirty-overlap", paths, head: baseline.status.head };
  }

  #facts(codexVersion: string | null, supervision: Supervision): RunFacts {
    const { packet, options, context, runs, runId, started } = this.#parts;
    return {
      runId,
      runDir: path.join(runs, runId),
      mode: context.part?.commands ? "run" : packet.fields.mode,
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
