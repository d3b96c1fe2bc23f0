import type { Baseline } from "./baseline.ts";
import type { Git } from "./git.ts";
import { listOf } from "./nul_list.ts";
import { headOf } from "./repository_changes.ts";
import type { RepositoryState } from "./repository_state.ts";
import type { TreePath } from "../base/tree_path.ts";

/** The paths that new commits touch, where the branch of before went forward to them and HEAD is still on it. */
export async function committedPaths(
  git: Git,
  baseline: Baseline,
  state: RepositoryState | undefined,
): Promise<TreePath[] | null> {
  if (!state) return null;
  const [before, after] = [headOf(baseline.state), headOf(state)];
  if (before.branch === null || before.branch !== after.branch || after.commit === null) return null;
  if (before.commit === after.commit) return [];
  if (before.commit !== null) {
    const { code } = await git.run(["merge-base", "--is-ancestor", before.commit, after.commit]);
    if (code !== 0) return null;
  }
  const range = before.commit === null ? after.commit : `${before.commit}..${after.commit}`;
  const args = [
    "log",
    "-m",
    "--root",
    "--format=",
    "--name-only",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    range,
    "--",
  ];
  const { code, stdout } = await git.run(args);
  return code === 0 ? [...new Set(listOf(stdout))].filter((each) => each !== "") : null;
}
