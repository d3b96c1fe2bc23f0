import type { Baseline } from "./baseline.ts";
import type { Git } from "./git.ts";
import { listOf } from "./nul_list.ts";
import { headOf } from "./repository_changes.ts";
import type { RepositoryState } from "./repository_state.ts";
import type { TreePath } from "../base/tree_path.ts";

/**
 * The paths that new commits touch, where the branch of before went forward to them and HEAD is still on it. A merge touches
 * what differs from all of its parents; and those that hold the commit of before are the ones that count, for what other
 * branches lack of it they have not touched. So no path differs in the end, or differed on the way, and is not among them.
 */
export async function committedPaths(
  git: Git,
  baseline: Baseline,
  state: RepositoryState | undefined,
): Promise<TreePath[] | null> {
  if (!state) return null;
  const [before, after] = [headOf(baseline.state), headOf(state)];
  if (before.branch === null || before.branch !== after.branch || after.commit === null) return null;
  if (before.commit === after.commit) return [];
  const range = before.commit === null ? [after.commit] : [after.commit, `^${before.commit}`];
  const commits = await git.run(["rev-list", "--topo-order", "--reverse", "--parents", ...range, "--"]);
  if (commits.code !== 0) return null;
  const lines = new TextDecoder().decode(commits.stdout).split("\n").filter((line) => line !== "");
  const { pairs, isForward } = comparisons(lines, before.commit);
  if (before.commit !== null && !isForward) return null;
  const flags = [
    "--stdin",
    "-r",
    "-c",
    "--root",
    "--no-commit-id",
    "--name-only",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
  ];
  const { code, stdout } = await git.run(["diff-tree", ...flags], { stdin: `${pairs.join("\n")}\n` });
  return code === 0 ? [...new Set(listOf(stdout))].filter((each) => each !== "") : null;
}

/**
 * Each commit with the parents it is held against, as `git diff-tree --stdin` takes them. `isForward` tells whether the last
 * commit comes of `before`. Pure.
 *
 * @param lines of `git rev-list --parents`: a commit and its parents, each behind its parents
 */
function comparisons(
  lines: readonly string[],
  before: string | null,
): { readonly pairs: readonly string[]; readonly isForward: boolean } {
  const holding = new Set([before]);
  let isForward = false;
  const pairs = lines.map((line) => {
    const [commit = "", ...parents] = line.split(" ");
    const counting = parents.filter((parent) => holding.has(parent));
    isForward = counting.length > 0;
    if (isForward) holding.add(commit);
    return [commit, ...isForward ? counting : parents].join(" ");
  });
  return { pairs, isForward };
}
