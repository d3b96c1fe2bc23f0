import type { Baseline } from "./baseline.ts";
import { codesOf, isCleanInIndex } from "./clean_in_index.ts";
import { filesSince } from "./entry_lookups.ts";
import { Manifest } from "./manifest.ts";
import { hashFile, matchBlob } from "./content.ts";
import type { Entries, Entry, Walker } from "./entry.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/** One thing that is different after the run. */
export interface Change {
  readonly path: TreePath;
  readonly change: "added" | "modified" | "deleted" | "type" | "mode";
  /** What stood there before and stands there now; one of them at least. */
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/**
 * What is different between the tree before and the tree now. Content is read only where the stat data do not decide:
 *
 * - Same device, inode, size, mtime and ctime: the same content. A ctime cannot be set, only moved forward by the clock;
 *   what was changed so shortly before the baseline that a second change could bear the same ctime is read.
 * - Another size: another content.
 * - Else the content decides: by the digest taken before, or by the blob that the index named before.
 *
 * Folders that came or went with what lies in them are left out: their content tells.
 */
export function compareTrees(
  baseline: Baseline,
  now: Entries,
  { walker, racyFrom }: { readonly walker: Walker; readonly racyFrom: number },
): Change[] {
  const comparison = new Comparison(baseline, now, { walker, racyFrom });
  const changes: Change[] = [];
  for (const { path, before, after } of candidates(baseline.entries, now, racyFrom)) {
    if (path === ".git") continue;
    const change = !after ? "deleted" : !before ? "added" : comparison.of(path, before, after);
    if (change !== undefined) changes.push({ path, change, before, after });
  }
  return withoutImplied(changes).sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** Whether something else than a folder stood there or stands there now: no entry that names folders means it. */
export function isNoFolder({ before, after }: Change): boolean {
  return [before, after].some((entry) => entry !== undefined && entry.kind !== "folder");
}

interface Candidate {
  readonly path: TreePath;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** The paths at which there may be a change; those that are left out are the same in every number, and not racy. */
function* candidates(before: Entries, now: Entries, racyFrom: number): Generator<Candidate> {
  if (before instanceof Manifest && now instanceof Manifest) {
    const seen = new Set<TreePath>();
    for (const candidate of now.differences(before)) {
      seen.add(candidate.path);
      yield candidate;
    }
    for (const [path, entry] of filesSince(before, racyFrom)) {
      if (!seen.has(path)) yield { path, before: entry, after: now.get(path) };
    }
    return;
  }
  for (const [path, entry] of before) yield { path, before: entry, after: now.get(path) };
  for (const [path, entry] of now) if (!before.has(path)) yield { path, before: undefined, after: entry };
}

class Comparison {
  readonly #baseline: Baseline;
  readonly #now: Entries;
  readonly #walker: Walker;
  readonly #racyFrom: number;
  readonly #codes: ReadonlyMap<TreePath, string>;

  constructor(
    baseline: Baseline,
    now: Entries,
    { walker, racyFrom }: { readonly walker: Walker; readonly racyFrom: number },
  ) {
    this.#baseline = baseline;
    this.#now = now;
    this.#walker = walker;
    this.#racyFrom = racyFrom;
    this.#codes = codesOf(baseline.status);
  }

  of(path: TreePath, before: Entry, after: Entry): Change["change"] | undefined {
    if (before.kind !== after.kind) return "type";
    if (before.kind === "file" && !this.#sameContent(path, before, after)) return "modified";
    if (before.kind === "link" && before.target !== after.target) return "modified";
    // What cannot be looked into is the same only if nothing about it moved.
    const isShut = before.kind === "unknown" || before.unreadable && after.unreadable;
    if (isShut && this.#hasMoved(path, before, after)) return "modified";
    const sameAccess = before.mode === after.mode && before.uid === after.uid && before.gid === after.gid &&
      before.unreadable === after.unreadable;
    // A link's own mode means nothing.
    return sameAccess || before.kind === "link" ? undefined : "mode";
  }

  /** What has no numbers, for its folder may be listed and not entered, could change only while that folder was open. */
  #hasMoved(path: TreePath, before: Entry, after: Entry): boolean {
    const [folder = ""] = foldersAbove(path);
    const [was, is] = before.inode === 0
      ? [this.#baseline.entries.get(folder), this.#now.get(folder)]
      : [before, after];
    return was?.ctime !== is?.ctime || was?.inode !== is?.inode;
  }

  #sameContent(path: TreePath, before: Entry, after: Entry): boolean {
    const untouched = before.inode === after.inode && before.device === after.device &&
      before.size === after.size &&
      before.mtime === after.mtime && before.ctime === after.ctime;
    if (untouched && before.ctime < this.#racyFrom) return true;
    if (before.size !== after.size) return false;
    const digest = this.#baseline.digests.get(path);
    if (digest !== undefined) return hashFile(this.#walker, this.#baseline.root, path) === digest;
    const index = this.#baseline.index.get(path);
    if (index && isCleanInIndex(path, this.#baseline.index, this.#codes)) {
      const given = { root: this.#baseline.root, path, size: after.size, object: index.object };
      const match = matchBlob(this.#walker, given);
      // It was clean before: of this size it was the blob itself, or the blob with a CR before every LF, and nothing else.
      return match !== undefined && (match.same || match.sameButForCr);
    }
    return untouched;
  }
}

/** Folders whose coming or going follows from that of something in them. */
function withoutImplied(changes: readonly Change[]): Change[] {
  const implied = { added: new Set<TreePath>(), deleted: new Set<TreePath>() };
  for (const { path, change } of changes) {
    if (change === "added" || change === "deleted") {
      for (const folder of foldersAbove(path)) implied[change].add(folder);
    }
  }
  return changes.filter(({ path, change, before, after }) => {
    if (change !== "added" && change !== "deleted") return true;
    return (before ?? after)?.kind !== "folder" || !implied[change].has(path);
  });
}
