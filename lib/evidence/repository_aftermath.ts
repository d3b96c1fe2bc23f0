import * as path from "node:path";
import type { Baseline } from "./baseline.ts";
import type { Git } from "./git.ts";
import { changedInIndex, hiddenInIndex } from "./git_index.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import { changedInInnerIndex } from "./inner_indexes.ts";
import { compareRepositories, differences, type RepositoryChange } from "./repository_changes.ts";
import type { RepositoryState } from "./repository_state.ts";
import { messageOf } from "../base/errors.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

interface RepositoryReading {
  readonly baseline: Baseline;
  readonly state: RepositoryState | undefined;
  readonly globals: ReadonlyMap<string, string>;
  readonly identity: string | undefined;
  readonly nested: ReadonlyMap<TreePath, RepositoryState>;
}

/** What became of the repository itself, of those within the tree, and of what configures git. Pure. */
export function repositoryChanges(
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
export async function readStaged(
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
