import type { Entry } from "../../evidence/entry.ts";
import type { TreePath } from "../../base/tree_path.ts";

/** The numbers of a file or link that git keeps in its index. Times in seconds and nanoseconds. */
export interface IndexStat {
  readonly ctime: readonly [seconds: number, nanoseconds: number];
  readonly mtime: readonly [seconds: number, nanoseconds: number];
  readonly device: number;
  readonly inode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/**
 * Copies single entries from one folder into another, by their paths below both. No link is followed, on neither side. It
 * is quickest where the paths of one folder come one after the other.
 */
export interface Copier extends Disposable {
  /** Makes a folder, and those above it, that its maker may write to. One that is there stays. */
  readonly makeFolder: (path: TreePath) => void;
  /**
   * Copies a regular file with its permissions and its time of change; the bytes are shared where the file system offers
   * it. Undefined if there is no such file any more.
   *
   * @throws Error if it cannot be read or written
   */
  readonly copyFile: (path: TreePath, entry: Entry, signal?: AbortSignal) => Promise<IndexStat | undefined>;
  /** Makes a link with the target that the entry tells. */
  readonly makeLink: (path: TreePath, entry: Entry) => IndexStat;
  /** Makes a second name for a file that was copied. */
  readonly linkFile: (path: TreePath, existing: TreePath) => void;
  /** Gives a folder its permissions and its time, once everything in it is there. */
  readonly finishFolder: (path: TreePath, entry: Entry) => void;
}
