import { fingerprint } from "../evidence/content.ts";
import type { Walker } from "../evidence/entry.ts";
import { hasOddBytes, type TreePath } from "../base/tree_path.ts";
import { digestFolder } from "../records/folder_digests.ts";
import { writeSeal } from "../records/seal.ts";

/** Writes down, outside of the repository, what the run directory and the changed files hold at the end of a run. */
export async function sealRun(
  folder: string,
  { state, runId, repository, patched, walker, now }: {
    readonly state: string;
    readonly runId: string;
    readonly repository: string;
    /** The paths in the run's patch. */
    readonly patched: readonly TreePath[];
    readonly walker: Walker;
    readonly now: Date;
  },
): Promise<void> {
  const named = patched.filter((path) => !hasOddBytes(path));
  const left = named.map((path): [string, string | null] => [path, fingerprint(walker, repository, path)]);
  await writeSeal(state, runId, {
    run_dir: folder,
    repository,
    ended_at: now.getTime(),
    artifacts: await digestFolder(folder),
    left: Object.fromEntries(left),
  });
}
