import { hashFile } from "../evidence/content.ts";
import type { Walker } from "../evidence/entry.ts";
import type { Policy } from "../records/policy.ts";
import { digestFolder, writeSeal } from "../records/seal.ts";

/** Writes down, outside of the repository, what the run directory and the changed files hold at the end of a run. */
export async function sealRun(
  folder: string,
  { state, runId, policy, walker, now }: {
    readonly state: string;
    readonly runId: string;
    readonly policy: Policy;
    readonly walker: Walker;
    readonly now: Date;
  },
): Promise<void> {
  const omitted = new Set(policy.patch_omits);
  const patched = policy.changes.filter(({ path }) => !omitted.has(path) && !path.startsWith('"'));
  const left = patched.map(({ path, change }): [string, string | null] => [
    path,
    change === "deleted" ? null : hashFile(walker, policy.repository, path) ?? null,
  ]);
  await writeSeal(state, runId, {
    run_dir: folder,
    repository: policy.repository,
    ended_at: now.getTime(),
    artifacts: await digestFolder(folder),
    left: Object.fromEntries(left),
  });
}
