import * as path from "node:path";
import type { Baseline } from "./baseline.ts";
import type { Walker } from "./entry.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "./git.ts";
import type { Index } from "./git_index.ts";
import type { GitFolder } from "./git_folder.ts";
import { type InnerIndex, readInnerIndex } from "./inner_indexes.ts";
import { storeChangedSince } from "./object_store.ts";
import { headOf, type RepositoryChange } from "./repository_changes.ts";
import { showCount } from "../base/text.ts";
import { showPath } from "../base/tree_path.ts";

/**
 * Objects that HEAD, the branches, the tags and the index need and that are gone, here and in the repositories within the tree.
 * Looked for only where something was added to a store, or taken, since the moment at which the run may have begun.
 */
export async function lostObjects(
  git: Git,
  baseline: Baseline,
  { folder, walker, since, environment }: {
    readonly folder: GitFolder | undefined;
    readonly walker: Walker;
    readonly since: number;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<RepositoryChange[]> {
  const found: RepositoryChange[] = [];
  const note = (name: string, lost: number, inside?: string): void => {
    if (lost === 0) return;
    const detail = `Objects that HEAD, a ref or the index needs are gone from "${name}": ${showCount(lost)}.`;
    found.push({ path: `${name}/objects`, detail, inside });
  };
  if (folder !== undefined && await storeChangedSince(since, { gitFolder: folder.shared, walker })) {
    note(".git", await countLost(git, neededHere(baseline)));
  }
  for (const inner of baseline.innerIndexes) {
    const { folder: inside, gitFolder } = inner;
    // One that is gone is told by its entry in the tree, or by its files.
    if (!isFolder(gitFolder) || !await storeChangedSince(since, { gitFolder, walker })) continue;
    const innerGit = new Git(gitFolder, environment, { deadline: DEADLINE_AFTER_A_RUN });
    const needed = await neededWithin(baseline, inner, environment);
    note(`${showPath(inside)}/.git`, await countLost(innerGit, needed, [`--git-dir=${gitFolder}`]), inside);
  }
  return found;
}

async function countLost(
  git: Git,
  needed: ReadonlySet<string>,
  where: readonly string[] = [],
): Promise<number> {
  const { stdout, timedOut } = await git.run([...where, "cat-file", "--batch-check"], {
    stdin: [...needed].map((name) => `${name}\n`).join(""),
  });
  if (timedOut) return 0;
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  return needed.size - lines.filter((line) => !line.endsWith(" missing")).length;
}

function neededHere({ state, index, config, entries }: Baseline): Set<string> {
  const head = headOf(state).commit;
  const needed = new Set(head === null ? [] : [head, `${head}^{tree}`]);
  for (const [ref, object] of state.refs) {
    const isKept = /^refs\/(?:heads|tags)\//.test(ref) && !state.otherBranches.has(ref);
    if (isKept && OBJECT.test(object)) needed.add(object);
  }
  // A partial clone has what it checked out, and perhaps nothing else.
  const isPartial = [...config.values.keys()].some((key) =>
    /^(?:extensions\.partialclone|remote\..*\.promisor)$/s.test(key)
  );
  addIndexed(needed, index, (file) => !isPartial || entries.has(file));
  return needed;
}

async function neededWithin(
  { state, nested, folder, entries }: Baseline,
  inner: InnerIndex,
  environment: Readonly<Record<string, string>>,
): Promise<Set<string>> {
  const own = nested.get(inner.folder);
  const prefix = own ? "" : `${path.relative(folder.shared, inner.gitFolder)}/`;
  const needed = new Set<string>();
  for (const [ref, object] of (own ?? state).refs) {
    const isKept = ["HEAD", "refs/heads/", "refs/tags/"].some((each) => ref.startsWith(prefix + each));
    if (isKept && OBJECT.test(object)) needed.add(object);
  }
  const index = inner.copy === undefined
    ? new Map()
    : await readInnerIndex(inner, inner.copy, environment).catch(() => new Map());
  // Whether it is a partial clone is its own affair: what was checked out was there.
  addIndexed(needed, index, (file) => entries.has(`${inner.folder}/${file}`));
  return needed;
}

function addIndexed(needed: Set<string>, index: Index, isHere: (file: string) => boolean): void {
  for (const [file, { mode, tag, object }] of index) {
    if (mode !== "160000" && tag.toUpperCase() !== "S" && isHere(file)) needed.add(object);
  }
}

/** In the place of a folder there may be a file by now, where git cannot be run. */
function isFolder(file: string): boolean {
  try {
    return Deno.lstatSync(file).isDirectory;
  } catch {
    return false;
  }
}

const OBJECT = /^[0-9a-f]+$/;
