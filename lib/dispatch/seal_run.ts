import * as path from "node:path";
import type { Reversal } from "../evidence/reversal.ts";
import type { RunRecord } from "../records/run_record.ts";
import { stageSealFile } from "../records/seal.ts";
import type { StagedFile } from "../records/write_file.ts";

/** Holds ready, outside of the repository, what the run directory and the changed files hold at the end of a run. */
export async function stageSeal(
  record: RunRecord,
  { state, repository, reversal, now }: {
    readonly state: string;
    readonly repository: string;
    readonly reversal: Reversal | undefined;
    readonly now: Date;
  },
): Promise<StagedFile> {
  const [patched, folders] = [[...reversal?.patched ?? []], [...reversal?.folders ?? []]];
  return await stageSealFile(state, path.basename(record.folder), {
    run_dir: record.folder,
    repository,
    ended_at: now.getTime(),
    artifacts: await record.digests(),
    patched: patched.map(([path, { left, modeBefore }]) => ({ path, left, mode_before: modeBefore })),
    folders: folders.map(([path, mode]) => ({ path, mode })),
  });
}
