import type { TreePath } from "../base/tree_path.ts";
import { showCount } from "../base/text.ts";
import { currentBranch, type RepositoryState, resolveRef } from "./repository_state.ts";

/** Something about a repository that is different and means something. */
export interface RepositoryChange {
  /** `.git/config`, `.git/refs/tags/v1`, `~/.gitconfig`, … */
  readonly path: string;
  readonly detail: string;
  /** The folder of the repository within the tree that it is about; undefined for the one around it. */
  readonly inside?: TreePath | undefined;
}

export interface RepositoryComparison {
  readonly changes: readonly RepositoryChange[];
  /** Refs that moved and may: remote-tracking ones, and branches of other work trees. */
  readonly movedRefs: readonly string[];
}

/**
 * What changed between two states of a repository. Refs that only others move are told apart. `allowed` is a ref that may
 * have moved, by a check made elsewhere. Pure.
 */
export function compareRepositories(
  before: RepositoryState,
  after: RepositoryState,
  { name, allowed }: { readonly name: string; readonly allowed: string | null },
): RepositoryComparison {
  const changes: RepositoryChange[] = [];
  const movedRefs: string[] = [];
  for (const [file, what] of differences(before.files, after.files)) {
    changes.push({ path: `${name}/${file}`, detail: `"${name}/${file}" ${what}.` });
  }
  for (const [ref, what] of differences(before.refs, after.refs)) {
    const mayMove = FOLLOWING.test(ref) || before.otherBranches.has(ref);
    if (mayMove) movedRefs.push(ref);
    else if (ref !== allowed) {
      changes.push({
        path: `${name}/${ref}`,
        detail: `${showRef(ref)} ${what}${movement(ref, before, after)}.`,
      });
    }
  }
  for (const [file, fault] of after.faults) {
    if (before.faults.get(file) !== fault) {
      changes.push({ path: `${name}/${file}`, detail: `"${name}/${file}" ${fault}.` });
    }
  }
  const isTold = before.refs.get("refs/stash") !== after.refs.get("refs/stash");
  const lost = before.stashes.filter((each) => !after.stashes.includes(each)).length;
  if (lost > 0 && !isTold) {
    const detail = `Stashes that were there before are gone: ${showCount(lost)}.`;
    changes.push({ path: `${name}/logs/refs/stash`, detail });
  }
  return { changes, movedRefs };
}

/** Refs that follow those of another repository. A branch may be called so as well: `refs/heads/refs/remotes/x`. */
const FOLLOWING = /^(?:(?:worktrees\/[^/]+\/)?modules\/(?:(?!refs\/)[^/]+\/)+)?refs\/(?:remotes|prefetch)\//;

/** Where HEAD is, in words. Pure. */
export function headOf(
  state: RepositoryState,
): { readonly branch: string | null; readonly commit: string | null } {
  return { branch: currentBranch(state.refs), commit: resolveRef(state.refs, "HEAD") };
}

/** Differing keys of two maps, with what happened to each. Pure. */
export function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): [key: string, what: string][] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key): [string, string][] => {
    const [old, now] = [before.get(key), after.get(key)];
    if (old === now) return [];
    return [[key, old === undefined ? "appeared" : now === undefined ? "was deleted" : "was changed"]];
  });
}

function showRef(ref: string): string {
  return ref === "HEAD" ? "HEAD" : `The ref "${ref}"`;
}

function movement(ref: string, before: RepositoryState, after: RepositoryState): string {
  const [old, now] = [before.refs.get(ref), after.refs.get(ref)];
  return old === undefined || now === undefined ? "" : ` from ${old.slice(0, 60)} to ${now.slice(0, 60)}`;
}
