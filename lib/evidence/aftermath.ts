import { type Baseline, readNestedStates } from "./baseline.ts";
import { type Change, compareTrees } from "./changes.ts";
import { committedPaths } from "./committed_paths.ts";
import { mayBeEndless } from "./content.ts";
import { withDirtySubmodules } from "./dirty_submodules.ts";
import type { Entries, Walker } from "./entry.ts";
import { isRepository } from "./entry_lookups.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "./git.ts";
import { findGitFolder } from "./git_folder.ts";
import { readGlobalConfig } from "./global_config.ts";
import { ignoredBy } from "./ignore_rules.ts";
import { changedOutside, type OutsideTargets, readOutsideAgain } from "./outside_links.ts";
import { lostObjects } from "./lost_objects.ts";
import { readStaged, repositoryChanges } from "./repository_aftermath.ts";
import { headOf, type RepositoryChange } from "./repository_changes.ts";
import { readRepositoryState } from "./repository_state.ts";
import { readDiffStat, readStatus, type Status } from "./status.ts";
import { keepsGitWaiting } from "./waiting_git.ts";
import type { WalkThread } from "./walk_thread.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/** What a run left behind, held against the baseline: facts, and no judgement yet. */
export interface Aftermath {
  readonly changes: readonly Change[];
  readonly entries: Entries;
  /** Folders that were not there before. */
  readonly freshFolders: ReadonlySet<TreePath>;
  /** Of the changed paths that git does not track: those that the rules from before the run ignore. */
  readonly ignored: ReadonlySet<TreePath>;
  readonly repository: readonly RepositoryChange[];
  readonly movedRefs: readonly string[];
  /** Paths whose entries in the index mean something else. */
  readonly staged: readonly TreePath[];
  /** Links that were there and lead out of the repository, with something changed behind them. */
  readonly outside: readonly { readonly link: TreePath; readonly example: string }[];
  /** Commits on the branch of before: the paths that they touch. Null where the branch did not simply go forward. */
  readonly committed: readonly TreePath[] | null;
  readonly headAfter: string | null;
  readonly status: Status | null;
  readonly diffStat: Uint8Array;
}

export interface AftermathOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  readonly scratch: string;
  readonly outside: OutsideTargets;
  /** Whether an absolute path is that of a run directory, where those of this tree lie. */
  readonly isRunFolder?: ((folder: string) => boolean) | undefined;
  /** Which of the changes codex-dispatch itself made, so that they are none of the run's: their paths. */
  readonly ownRecords: (changes: readonly Change[]) => Promise<ReadonlySet<TreePath>>;
  /** A second thread for the walk, if there is one. */
  readonly thread?: WalkThread | undefined;
  /** The wall clock was set back during the run: no time of a file proves anything. */
  readonly distrustTimes: boolean;
}

/** Reads a work tree after a run and compares. Runs nothing that a worker may have planted. */
export async function readAftermath(baseline: Baseline, options: AftermathOptions): Promise<Aftermath> {
  const { environment, walker, scratch } = options;
  const { root } = baseline;
  const racyFrom = options.distrustTimes ? 0 : baseline.racyFrom;
  const git = new Git(root, environment, { deadline: DEADLINE_AFTER_A_RUN, here: true });
  const globals = await readGlobalConfig({ ...baseline, environment, walker });
  const folder = await findGitFolder(root);
  const state = folder === undefined
    ? undefined
    : await readRepositoryState(folder, walker, baseline.state).catch(() => undefined);
  const nested = await readNestedStates(root, baseline.entries, walker, baseline.nested);
  if (!folder || keepsGitWaiting({ state, nested, globals }, baseline)) git.giveUp();
  const repository = repositoryChanges({ baseline, state, nested, globals, identity: folder?.identity });
  const staged = await readStaged(git, baseline, { state, nested, environment });
  const found = [
    ...repository.found,
    ...staged.found,
    ...await lostObjects(git, baseline, { folder, walker, since: racyFrom, environment }),
  ];
  // A tree that is gone, or shut, is one in which everything was deleted.
  const entries = await walkAgain(root, options).catch((): Entries => new Map());
  const compared = compareTrees(baseline, entries, { walker, racyFrom });
  const own = await options.ownRecords(compared);
  const changes = compared.filter((change) => !own.has(change.path));
  const ignored = await ignoredBy(baseline.ignoreRules, candidates(changes, baseline), {
    scratch,
    environment,
  });
  const outside = changedOutside(
    options.outside,
    await readOutsideAgain(root, options.outside, options),
  );
  const same = changes.length + found.length + repository.movedRefs.length + staged.paths.length === 0;
  // A configuration that nobody touched need not be read again; of any other, the filters must be known by name.
  if (found.length === 0) git.assumeConfig(baseline.config);
  if (changes.some(({ path, after }) => after && isForGit(path) && mayBeEndless(after))) git.giveUp();
  // Where nothing changed git would say the same as before.
  const [status, diffStat] = same ? [baseline.status, baseline.diffStat] : await Promise.all([
    readStatus(git).then((each) => withDirtySubmodules(each, { ...baseline, environment })).catch(() => null),
    readDiffStat(git),
  ]);
  const head = state === undefined ? null : headOf(state).commit;
  return {
    changes,
    entries,
    freshFolders: freshFolders(baseline.entries, changes),
    ignored,
    repository: found,
    movedRefs: repository.movedRefs,
    staged: staged.paths,
    outside,
    committed: await committedPaths(git, baseline, state),
    headAfter: head,
    status,
    diffStat,
  };
}

/** Whether git reads it to know what to do, and not only what it holds: `.gitignore` and its like. */
function isForGit(path: TreePath): boolean {
  return /(^|\/)\.git[^/]*$/.test(path);
}

/** With a second thread where one is ready. */
async function walkAgain(root: string, { walker, thread }: AftermathOptions): Promise<Entries> {
  return await thread?.walk(root) ?? await walker.walk(root, isRepository);
}

/** The folders above what appeared that were not there before. */
function freshFolders(before: Entries, changes: readonly Change[]): Set<TreePath> {
  const fresh = new Set<TreePath>();
  for (const { path, change } of changes) {
    if (change !== "added") continue;
    for (const folder of foldersAbove(path)) if (!before.has(folder)) fresh.add(folder);
  }
  return fresh;
}

/** The name under which ignore rules know a changed path: a folder ends in `/`. */
export function ruleName({ path, after, before }: Change): TreePath {
  return (after ?? before)?.kind === "folder" ? `${path}/` : path;
}

function candidates(changes: readonly Change[], baseline: Baseline): TreePath[] {
  return changes.filter(({ path }) => !baseline.index.has(path)).map(ruleName);
}
