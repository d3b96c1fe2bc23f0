import * as path from "node:path";
import { fingerprint } from "../evidence/content.ts";
import type { Walker } from "../evidence/entry.ts";
import { hasOddBytes, type TreePath } from "../base/tree_path.ts";
import type { RunRecord } from "../records/run_record.ts";
import { stageSealFile } from "../records/seal.ts";
import type { StagedFile } from "../records/write_file.ts";

/** Holds ready, outside of the repository, what the run directory and the changed files hold at the end of a run. */
export async function stageSeal(
  record: RunRecord,
  { state, repository, patched, walker, now }: {
    readonly state: string;
    readonly repository: string;
    /** The paths in the run's patch. */
    readonly patched: readonly TreePath[];
    readonly walker: Walker;
    readonly now: Date;
  },
): Promise<StagedFile> {
  const named = patched.filter((each) => !hasOddBytes(each));
  const left = named.map((each): [string, string | null] => [each, fingerprint(walker, repository, each)]);
  return await stageSealFile(state, path.basename(record.folder), {
    run_dir: record.folder,
    repository,
    ended_at: now.getTime(),
    artifacts: await record.digests(),
    left: Object.fromEntries(left),
  });
}
