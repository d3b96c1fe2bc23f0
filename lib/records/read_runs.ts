import * as path from "node:path";
import { isRunId } from "./run_id.ts";
import { ARTIFACTS } from "./artifacts.ts";
import { fittingId } from "./fitting_id.ts";
import type { Policy } from "./policy.ts";
import type { Result } from "./result.ts";
import { sha256Of } from "../base/digest.ts";
import { EXIT } from "../base/exit_codes.ts";

/** A run directory as it can be read; a document that is missing or wrong is undefined, never taken for accepted. */
export interface StoredRun {
  readonly id: string;
  readonly folder: string;
  readonly policy: Policy | undefined;
  readonly result: Result | undefined;
  /** SHA-256 of the two documents as they were read; undefined for one that could not be. */
  readonly digests: { readonly policy: string | undefined; readonly result: string | undefined };
}

/** The ids of the runs in a folder, the last first. */
export async function runIds(runs: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    for await (const entry of Deno.readDir(runs)) {
      if (entry.isDirectory && isRunId(entry.name)) ids.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  return ids.sort().reverse();
}

/**
 * The run that is meant: its id, any part of it that fits one alone, or `last`.
 *
 * @throws DispatchError (exit 1) if none or several fit
 */
export async function findRun(runs: string, meant: string): Promise<StoredRun> {
  const id = fittingId(meant, { ids: await runIds(runs), folder: runs, what: "run" });
  return await readRun(path.join(runs, id));
}

export async function readRun(folder: string): Promise<StoredRun> {
  const [policy, result, { PolicySchema }, { ResultSchema }] = await Promise.all([
    readJson(path.join(folder, ARTIFACTS.policy)),
    readJson(path.join(folder, ARTIFACTS.result)),
    // Loaded by who reads one: a dispatch, before it starts Codex, only writes its own.
    import("./policy.ts"),
    import("./result.ts"),
  ]);
  const policyRead = PolicySchema.safeParse(policy.document).data;
  return {
    id: path.basename(folder),
    folder,
    policy: policyRead,
    result: agreeing(ResultSchema.safeParse(result.document).data, policyRead),
    digests: { policy: policy.digest, result: result.digest },
  };
}

/** Whether policy.json is the one of the run's first moment: no run ends so. */
export function isUnfinished(policy: Policy | undefined): boolean {
  return policy?.exit_code === EXIT.fault;
}

/**
 * policy.json is put in its place last: as long as it says another thing, the run has not come to its end, and result.json is no
 * word about it.
 */
function agreeing(result: Result | undefined, policy: Policy | undefined): Result | undefined {
  if (!result || !policy || result.exit_code === policy.exit_code) return result;
  return { ...result, status: "interrupted", accepted: false, exit_code: policy.exit_code };
}

async function readJson(
  file: string,
): Promise<{ readonly document: unknown; readonly digest: string | undefined }> {
  let digest: string | undefined;
  try {
    if (!(await Deno.lstat(file)).isFile) return { document: undefined, digest };
    const bytes = await Deno.readFile(file);
    digest = sha256Of(bytes);
    return { document: JSON.parse(new TextDecoder().decode(bytes)), digest };
  } catch {
    return { document: undefined, digest };
  }
}
