import type { Reversal } from "../evidence/reversal.ts";
import { ignoreRecords } from "../records/folders.ts";
import type { RunVerdict } from "../records/verdict_files.ts";
import type { RunRecord } from "../records/run_record.ts";
import type { StagedFile } from "../records/write_file.ts";
import { DispatchError } from "../base/errors.ts";
import { storageReason } from "../base/storage_error.ts";
import { EXIT, type ExitCode } from "../base/exit_codes.ts";
import { type Conclusion, verdictOf, withLost } from "./conclude.ts";

export interface CloseOptions {
  readonly objective: string;
  /** What of the record there will not be, in a sentence each. */
  readonly lost: readonly string[];
  /** Whether a worker was at the run's own folder. */
  readonly wasTampered: boolean;
  /** Holds the folder of the records. */
  readonly workdir: string;
  readonly state: string;
  readonly repository: string;
  /** What taking back the run's patch needs besides; undefined if there is none. */
  readonly reversal: Reversal | undefined;
  readonly now: Date;
}

/** A run of which everything is written down, and whose directory says `interrupted` still. */
export interface ClosedRun {
  /** As it was written down. */
  readonly conclusion: Conclusion;
  /**
   * Puts the verdict in its place, and nothing else is left to do.
   *
   * @throws DispatchError if the file system refuses
   */
  readonly commit: () => void;
}

/**
 * Writes down how a run ended: every artifact, the verdict, the seal. Until the verdict is put in its place the run directory says
 * `interrupted`, so whatever ends the process leaves nothing that looks accepted. A run whose record is not whole is not accepted.
 *
 * @throws DispatchError if there is not even room for the verdict
 */
export async function closeRun(
  record: RunRecord,
  conclusion: Conclusion,
  { objective, wasTampered, workdir, state, repository, reversal, now, ...options }: CloseOptions,
): Promise<ClosedRun> {
  try {
    const lost = [...options.lost, ...await record.write(verdictOf(conclusion, objective), wasTampered)];
    await ignoreRecords(workdir).catch((error) => lost.push(notWritten("The records' .gitignore", error)));
    let final = withLost(conclusion, lost);
    if (lost.length > 0) record.stage(verdictOf(final, objective));
    const { stageSeal } = await import("./seal_run.ts");
    let seal: StagedFile | undefined;
    try {
      seal = await stageSeal(record, { state, repository, reversal, now });
    } catch (error) {
      final = withLost(conclusion, [...lost, notWritten("The run's seal", error)]);
      record.stage(verdictOf(final, objective));
    }
    return { conclusion: final, commit: () => commitRun(record, final, seal) };
  } catch (error) {
    throw verdictLost(record.folder, conclusion, error);
  }
}

function commitRun(record: RunRecord, conclusion: Conclusion, seal: StagedFile | undefined): void {
  try {
    record.commit(seal);
  } catch (error) {
    throw verdictLost(record.folder, conclusion, error);
  }
}

/** A sentence about something that is missing in a record. */
export function notWritten(what: string, error: unknown): string {
  return `${what} could not be written: ${storageReason(error)}`;
}

/**
 * Saves what there is of a run whose work tree could not be looked at again for want of room. The run directory goes on saying
 * `interrupted`.
 */
export async function closeUnjudged(
  record: RunRecord,
  verdict: RunVerdict,
  error: unknown,
): Promise<DispatchError> {
  try {
    await record.write(verdict, false);
    record.commit();
  } catch {
    // It says so already.
  }
  const message =
    `The run could not be brought to its end: ${storageReason(error)}. Its changes are not judged, and ` +
    `"${record.folder}" says "interrupted". Make room, and look at the work tree before you dispatch again.`;
  return new DispatchError(EXIT.failed, [{ code: "disk-full", message }], { cause: error });
}

function verdictLost(folder: string, { policy, result }: Conclusion, error: unknown): DispatchError {
  const found = policy.violations.map(({ kind, path = "" }) => ` ${kind} ${path}`.trimEnd());
  const message = `The verdict could not be written to "${folder}": ${storageReason(error)}. ` +
    `It is: ${result.status}${found.length === 0 ? "" : ` (${found.slice(0, 20).join(",").trim()})`}. ` +
    'The run directory says "interrupted". Make room, and look at the work tree before you dispatch again.';
  const exit: ExitCode = policy.exit_code === EXIT.accepted ? EXIT.failed : policy.exit_code as ExitCode;
  return new DispatchError(exit, [{ code: "record-unwritable", message }], { cause: error });
}
