import * as path from "node:path";
import { MOST_OF_AN_INDEX, readText } from "./content.ts";
import type { Entries, Walker } from "./entry.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "./git.ts";
import type { GitFolder } from "./git_folder.ts";
import { gitFilesIn } from "./entry_lookups.ts";
import { changedInIndex, type Index } from "./git_index.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import type { TreePath } from "../base/tree_path.ts";

/** A repository within the tree (a submodule, or one of its own), with a copy of its index from before the run. */
export interface InnerIndex {
  /** Where its work tree is, from the root. */
  readonly folder: TreePath;
  readonly gitFolder: string;
  /** Undefined if it had no index. */
  readonly copy: string | undefined;
}

/** Copies the indexes of the repositories within the tree: what they mean is asked only if their bytes change. */
export async function copyInnerIndexes(
  { root, entries, folder, walker, scratch }: {
    readonly root: string;
    readonly entries: Entries;
    readonly folder: GitFolder;
    readonly walker: Walker;
    readonly scratch: string;
  },
): Promise<InnerIndex[]> {
  const found: InnerIndex[] = [];
  for (const [file, entry] of gitFilesIn(entries)) {
    if (!file.endsWith("/.git")) continue;
    const inner = file.slice(0, -"/.git".length);
    const target = entry.kind === "file"
      ? /^gitdir: (.+?)\s*$/.exec(readText(walker, root, file) ?? "")?.[1]
      : ".git";
    if (target === undefined) continue;
    const gitFolder = path.resolve(root, inner, target);
    // A gitfile may point anywhere; what lies elsewhere is no part of this repository.
    if (entry.kind === "file" && !gitFolder.startsWith(`${folder.shared}/`)) continue;
    const copy = path.join(scratch, `index-${found.length}`);
    const original = path.join(gitFolder, "index");
    const isFile = await Deno.stat(original).then(
      (info) => info.isFile && info.size <= MOST_OF_AN_INDEX,
      () => false,
    );
    if (isFile) await Deno.copyFile(original, copy);
    found.push({ folder: inner, gitFolder, copy: isFile ? copy : undefined });
  }
  return found;
}

/** The paths, from the root, that an inner index means differently now. Undefined if it cannot be read. */
export async function changedInInnerIndex(
  inner: InnerIndex,
  environment: Readonly<Record<string, string>>,
): Promise<TreePath[] | undefined> {
  const read = (file: string): Promise<Index> => readInnerIndex(inner, file, environment);
  try {
    const before = inner.copy === undefined ? new Map() : await read(inner.copy);
    return changedInIndex(before, await read(path.join(inner.gitFolder, "index"))).map((each) =>
      `${inner.folder}/${each}`
    );
  } catch {
    return undefined;
  }
}

/** What a file says, as the index of a repository within the tree. */
export async function readInnerIndex(
  { gitFolder }: InnerIndex,
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<Index> {
  const git = new Git(gitFolder, environment, { deadline: DEADLINE_AFTER_A_RUN });
  return parseIndex(
    await git.read([`--git-dir=${gitFolder}`, ...INDEX_ARGS], { env: { GIT_INDEX_FILE: file } }),
  );
}
