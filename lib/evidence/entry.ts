import type { TreePath } from "../base/tree_path.ts";

export type EntryKind = "file" | "folder" | "link" | "pipe" | "socket" | "device" | "unknown";

/** The numbers of an entry that mean the same wherever they are read. */
export interface EntryNumbers {
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Microseconds since 1970, as fine as the platform tells. */
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly device: number;
}

/** What stands at one path of the tree, as far as its stat data tells. */
export interface Entry extends EntryNumbers {
  readonly kind: EntryKind;
  /** Permission bits, with set-id and sticky. */
  readonly mode: number;
  /** Where a link points, as it is written. */
  readonly target?: string | undefined;
  /** A folder whose content could not be listed. */
  readonly unreadable?: true;
}

/** Every entry below a folder, itself not included, by path. */
export interface Entries extends Iterable<[TreePath, Entry]> {
  readonly size: number;
  readonly get: (path: TreePath) => Entry | undefined;
  readonly has: (path: TreePath) => boolean;
  readonly keys: () => Iterable<TreePath>;
}

/** How a tree is walked: natively where the C library can be called, else by way of Deno. */
export interface Walker {
  /** Microseconds within which two changes of one file may bear the same ctime. */
  readonly granularity: number;
  /** Lists a tree without following links. `skip` is asked of each folder: what lies in it is then left out. */
  readonly walk: (root: string, skip: (path: TreePath) => boolean) => Promise<Entries>;
  /**
   * Hands over the bytes of a regular file in pieces, its name being whatever bytes; the piece is used again. False if it
   * cannot be read or is none, or if `take` gave back false: it wants no more.
   */
  readonly read: (root: string, path: TreePath, take: (bytes: Uint8Array) => unknown) => boolean;
}
