import { setImmediate } from "node:timers/promises";
import type { Entry } from "../../evidence/entry.ts";
import type { TreePath } from "../../base/tree_path.ts";
import type { Copier, IndexStat } from "./copier.ts";
import { linuxCopier } from "./copier_linux.ts";
import { portableCopier } from "./copier_portable.ts";

/** What is to be copied. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  /** Folders before what lies in them, as a walk lists them. */
  readonly entries: Iterable<readonly [TreePath, Entry]>;
  /** Two names of one file are two names of one copy. */
  readonly keepHardLinks?: boolean;
  /** Asked between files, and within large ones. */
  readonly signal?: AbortSignal | undefined;
  readonly open?: (from: string, to: string) => Copier;
}

export interface TreeCopy {
  /** The files and links as they stand in the copy. */
  readonly copied: ReadonlyMap<TreePath, IndexStat>;
  /** What has no copy: pipes, sockets and devices. */
  readonly special: readonly TreePath[];
  /** Files and links that were gone when it was their turn. */
  readonly gone: readonly TreePath[];
  /** Gives the folders their permissions and times. Until then their maker may write to all of them. */
  readonly finishFolders: () => void;
}

/** Entries between two pauses. */
const PAUSE_AFTER = 500;

/**
 * Copies entries of one tree into another folder, byte for byte, with permissions (set-id bits aside) and times of change.
 * Owners are those of whoever copies. Nothing that stands in the target is written over.
 *
 * @throws Error if a file cannot be read or written, the signal's reason if it is aborted
 */
export async function copyTree(job: CopyJob): Promise<TreeCopy> {
  const { from, to, entries, signal, keepHardLinks = false, open = bestCopier } = job;
  using copier = open(from, to);
  const copied = new Map<TreePath, IndexStat>();
  const names = new Map<string, TreePath>();
  const folders: (readonly [TreePath, Entry])[] = [];
  const special: TreePath[] = [];
  const gone: TreePath[] = [];
  let count = 0;
  for (const [path, entry] of entries) {
    if (count++ % PAUSE_AFTER === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    if (entry.kind === "folder") {
      copier.makeFolder(path);
      folders.push([path, entry]);
    } else if (entry.kind === "link") {
      copied.set(path, copier.makeLink(path, entry));
    } else if (entry.kind === "file") {
      const identity = `${entry.device} ${entry.inode}`;
      const twin = keepHardLinks ? names.get(identity) : undefined;
      const twinStat = twin === undefined ? undefined : copied.get(twin);
      if (twin !== undefined && twinStat) {
        copier.linkFile(path, twin);
        copied.set(path, twinStat);
        continue;
      }
      const stat = await copier.copyFile(path, entry, signal);
      if (stat === undefined) gone.push(path);
      else copied.set(path, stat);
      if (stat && keepHardLinks) names.set(identity, path);
    } else special.push(path);
  }
  const finishFolders = (): void => {
    using finisher = open(from, to);
    // What lies deeper comes first: a folder that was shut could not be entered any more.
    for (const [path, entry] of folders.toReversed()) finisher.finishFolder(path, entry);
  };
  return { copied, special, gone, finishFolders };
}

function bestCopier(from: string, to: string): Copier {
  return linuxCopier(from, to) ?? portableCopier(from, to);
}
