import type { TreePath } from "../base/tree_path.ts";

export type EntryKind = "file" | "folder" | "link" | "pipe" | "socket" | "device" | "unknown";

/** What stands at one path of the tree, as far as its stat data tells. */
export interface Entry {
  readonly kind: EntryKind;
  /** Permission bits, with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Microseconds since 1970, as fine as the platform tells. */
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly device: number;
  /** Where a link points, as it is written. */
  readonly target?: string | undefined;
  /** A folder whose content could not be listed. */
  readonly unreadable?: true;
}

/** Every entry below a folder, itself not included. */
export type Entries = Map<TreePath, Entry>;

/** How a tree is walked: natively where the C library can be called, else by way of Deno. */
export interface Walker {
  /** Microseconds within which two changes of one file may bear the same ctime. */
  readonly granularity: number;
  /**
   * Lists a tree without following links. `skip` leaves a path and all below it out. Where an entry is the same in every
   * number as in `known`, it may be that very object: that spares the memory of a second listing.
   */
  readonly walk: (root: string, skip: (path: TreePath) => boolean, known?: Entries) => Promise<Entries>;
  /**
   * Hands over the bytes of a regular file in pieces, its name being whatever bytes; the piece is used again. False if it
   * cannot be read or is none.
   */
  readonly read: (root: string, path: TreePath, take: (bytes: Uint8Array) => void) => boolean;
}
