import * as path from "node:path";
import { type Baseline, readNestedStates } from "./baseline.ts";
import { type Change, compareTrees } from "./changes.ts";
import type { Entries, Walker } from "./entry.ts";
import { isRepository } from "./entry_lookups.ts";
import { withDirtySubmodules } from "./dirty_submodules.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "./git.ts";
import { findGitFolder, type GitFolder } from "./git_folder.ts";
import { changedInIndex, hiddenInIndex } from "./git_index.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import { ignoredBy } from "./ignore_rules.ts";
import { changedInInnerIndex } from "./inner_indexes.ts";
import { changedOutside, type OutsideTargets, readOutsideAgain } from "./outside_links.ts";
import { listObjects } from "./object_store.ts";
import { compareRepositories, differences, headOf, type RepositoryChange } from "./repository_changes.ts";
import {
  holdsPipe,
  readGlobalConfig,
  readRepositoryState,
  type RepositoryState,
} from "./repository_state.ts";
import { listOf } from "./nul_list.ts";
import { readDiffStat, readStatus, type Status } from "./status.ts";
import type { WalkThread } from "./walk_thread.ts";
import { messageOf } from "../base/errors.ts";
import { foldersAbove, showPath, type TreePath } from "../base/tree_path.ts";

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
  const git = new Git(root, environment, { deadline: DEADLINE_AFTER_A_RUN, here: true });
  const globals = await readGlobalConfig({ ...baseline, environment, walker });
  const folder = await findGitFolder(root);
  const state = folder === undefined
    ? undefined
    : await readRepositoryState(folder, walker).catch(() => undefined);
  const nested = await readNestedStates(root, baseline.entries, walker);
  if ([...state ? [state] : [], ...nested.values()].some(holdsPipe)) git.giveUp();
  const repository = repositoryChanges({ baseline, state, nested, globals, identity: folder?.identity });
  const staged = await readStaged(git, baseline, { state, nested, environment });
  const found = [...repository.found, ...staged.found, ...await lostObjects(git, baseline, folder)];
  // A tree that is gone, or shut, is one in which everything was deleted.
  const entries = await walkAgain(root, options).catch((): Entries => new Map());
  const racyFrom = options.distrustTimes ? 0 : baseline.racyFrom;
  const compared = compareTrees(baseline, entries, { walker, racyFrom });
  const own = await options.ownRecords(compared);
  const changes = compared.filter((change) => !own.has(change.path));
  const ignored = await ignoredBy(baseline.ignoreRules, candidates(changes, baseline), {
    scratch,
    environment,
  });
  const outside = changedOutside(
    options.outside,
    await readOutsideAgain(root, [...options.outside.keys()], walker),
  );
  const same = changes.length + found.length + repository.movedRefs.length + staged.paths.length === 0;
  // A configuration that nobody touched need not be read again; of any other, the filters must be known by name.
  if (found.length === 0) git.assumeConfig(baseline.config);
  if (changes.some(({ path, after }) => after?.kind === "pipe" && /(^|\/)\.git[^/]*$/.test(path))) {
    git.giveUp();
  }
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

interface RepositoryReading {
  readonly baseline: Baseline;
  readonly state: RepositoryState | undefined;
  readonly globals: ReadonlyMap<string, string>;
  readonly identity: string | undefined;
  readonly nested: ReadonlyMap<TreePath, RepositoryState>;
}

function repositoryChanges(
  { baseline, state, nested, globals, identity }: RepositoryReading,
): { found: RepositoryChange[]; movedRefs: string[] } {
  const found: RepositoryChange[] = [];
  const movedRefs: string[] = [];
  if (identity !== baseline.folder.identity) {
    found.push({ path: ".git", detail: '".git" was replaced or moved.' });
  } else if (state === undefined) {
    found.push({ path: ".git", detail: '".git" cannot be read any more.' });
  }
  const pairs: [TreePath | undefined, RepositoryState, RepositoryState | undefined][] = [
    [undefined, baseline.state, state],
    ...[...baseline.nested].map((
      [folder, before],
    ): [TreePath, RepositoryState, RepositoryState | undefined] => [
      folder,
      before,
      nested.get(folder),
    ]),
  ];
  for (const [inside, before, after] of pairs) {
    if (!after) continue;
    const name = inside === undefined ? ".git" : `${showPath(inside)}/.git`;
    const { changes, movedRefs: moved } = compareRepositories(before, after, { name, allowed: null });
    found.push(...changes.map((change) => ({ ...change, inside })));
    movedRefs.push(...moved);
  }
  for (const [file, what] of differences(baseline.globals, globals)) {
    found.push({ path: file, detail: `"${file}", which configures git, ${what}.` });
  }
  return { found, movedRefs };
}

/** What the indexes mean differently. Where the bytes are the same the meaning is, and git need not be asked. */
async function readStaged(
  git: Git,
  baseline: Baseline,
  { state, nested, environment }: {
    readonly state: RepositoryState | undefined;
    readonly nested: ReadonlyMap<TreePath, RepositoryState>;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<{ paths: TreePath[]; found: RepositoryChange[] }> {
  const paths: TreePath[] = [];
  const found: RepositoryChange[] = [];
  if (state && state.indexes.get("index") !== baseline.state.indexes.get("index")) {
    try {
      const now = parseIndex(await git.read(INDEX_ARGS));
      paths.push(...changedInIndex(baseline.index, now));
      found.push(
        ...hiddenInIndex(baseline.index, now).map((each) => ({
          path: showPath(each),
          detail: `"${showPath(each)}" was hidden from git status by a bit in the index (git ls-files -v).`,
        })),
      );
    } catch (error) {
      found.push({ path: ".git/index", detail: `The index cannot be read: ${messageOf(error)}` });
    }
  }
  for (const inner of baseline.innerIndexes) {
    const name = `${path.relative(baseline.folder.shared, inner.gitFolder)}/index`;
    const [before, after] = baseline.nested.has(inner.folder)
      ? [
        baseline.nested.get(inner.folder)?.indexes.get("index"),
        nested.get(inner.folder)?.indexes.get("index"),
      ]
      : [baseline.state.indexes.get(name), state?.indexes.get(name)];
    if (before === after) continue;
    const changed = await changedInInnerIndex(inner, environment);
    if (changed) paths.push(...changed);
    else {found.push({
        path: `${showPath(inner.folder)}/.git/index`,
        detail: `The index of "${showPath(inner.folder)}" cannot be read.`,
      });}
  }
  return { paths, found };
}

/** Objects that HEAD and the index need and that are gone. Looked for only where the store is listed otherwise than before. */
async function lostObjects(
  git: Git,
  baseline: Baseline,
  folder: GitFolder | undefined,
): Promise<RepositoryChange[]> {
  if (folder === undefined || listObjects(folder) === baseline.objects) return [];
  const head = headOf(baseline.state).commit;
  const needed = new Set(
    // What a sparse checkout leaves out, a partial clone may never have had.
    [...baseline.index.values()].filter(({ mode, tag }) => mode !== "160000" && tag.toUpperCase() !== "S")
      .map(({ object }) => object),
  );
  const names = [...head === null ? [] : [head, `${head}^{tree}`], ...needed];
  const { stdout } = await git.run(["cat-file", "--batch-check"], {
    stdin: names.map((name) => `${name}\n`).join(""),
  });
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  const lost = names.length - lines.filter((line) => !line.endsWith(" missing")).length;
  return lost === 0
    ? []
    : [{ path: ".git/objects", detail: `${lost} objects that HEAD or the index needs are gone.` }];
}

/** The paths that new commits touch, where the branch of before went forward to them and HEAD is still on it. */
async function committedPaths(
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
