import { isOfEndless } from "./content.ts";
import type { Entries } from "./entry.ts";
import { gitFilesIn } from "./entry_lookups.ts";
import type { RepositoryState } from "./repository_state.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

/** What git reads before it says anything of a work tree. */
export interface ReadByGit {
  /** Undefined where the tree is not known. */
  readonly entries?: Entries;
  readonly state: RepositoryState | undefined;
  readonly nested: ReadonlyMap<TreePath, RepositoryState>;
  /** What stands for each file outside of the repository that tells git what to do. */
  readonly globals: ReadonlyMap<string, string>;
}

/**
 * A pipe that git would wait for without end: it opens one like any file. The name as people know it; undefined if there is none.
 * Pure.
 */
export function pipeForGit({ entries, state, nested, globals }: ReadByGit): string | undefined {
  for (const [file, what] of globals) if (what === "pipe") return file;
  for (const [folder, each] of [...state ? [["", state] as const] : [], ...nested]) {
    for (const [file, content] of each.files) {
      if (content.startsWith("pipe ")) return showPath(`${folder === "" ? "" : `${folder}/`}.git/${file}`);
    }
  }
  for (const [file, { kind }] of entries ? gitFilesIn(entries) : []) {
    if (kind === "pipe" && RULES.test(file)) return showPath(file);
  }
  return undefined;
}

/** Files of a work tree that git reads for what they say. */
const RULES = /(?:^|\/)\.git(?:ignore|attributes|modules)$/;

/**
 * Whether git might not come to the end of what it reads by what has come since: a pipe, a device, what is larger than anything
 * of git's own. Pure.
 */
export function keepsGitWaiting(now: ReadByGit, before: ReadByGit): boolean {
  if (pipeForGit(now) !== undefined || holdsEndless(now.globals, before.globals)) return true;
  const pairs = [
    [now.state, before.state],
    ...[...now.nested].map(([folder, state]) => [state, before.nested.get(folder)]),
  ] as const;
  return pairs.some(([is, was]) =>
    is !== undefined && (holdsEndless(is.files, was?.files) || holdsEndless(is.refs, was?.refs))
  );
}

function holdsEndless(
  now: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string> | undefined,
): boolean {
  return now.entries().some(([file, identity]) => isOfEndless(identity) && before?.get(file) !== identity);
}
