import { encodePath, type TreePath } from "../base/tree_path.ts";
import { isRepository } from "./entry_lookups.ts";
import { FolderLister, type Pending } from "./folder_lister.ts";
import { type Library, terminated } from "./libc.ts";
import type { Manifest } from "./manifest.ts";

/** What two threads walk together: each takes the next of the folders until there is none left. */
export interface SharedWalk {
  /** The root of the tree, open: threads have their file descriptors in common. */
  readonly root: number;
  readonly folders: readonly TreePath[];
  /** How many of the folders are taken; in memory that both see. */
  readonly taken: Int32Array;
}

/** What one of the threads did. */
export interface WalkedShare {
  readonly count: number;
  /** Of the folders, by their number: those that could not be listed. */
  readonly unreadable: readonly number[];
}

/** Walks folders as long as there are any that nobody has taken, into a manifest. */
export function walkShare(
  libc: Library,
  manifest: Manifest,
  { root, folders, taken }: SharedWalk,
): WalkedShare {
  const lister = new FolderLister(libc, manifest);
  const unreadable: number[] = [];
  let count = 0;
  while (true) {
    const number = Atomics.add(taken, 0, 1);
    const folder = folders[number];
    if (folder === undefined) return { count, unreadable };
    count++;
    const fd = openBelow(libc, lister, { root, folder });
    if (fd < 0) unreadable.push(number);
    else walkBelow({ libc, manifest, lister }, fd, `${folder}/`);
  }
}

/** Opens a folder of the tree, part by part, so that no link is followed on the way; negative if it cannot be. */
export function openBelow(
  libc: Library,
  lister: FolderLister,
  { root, folder }: { root: number; folder: TreePath },
): number {
  let fd = root;
  for (const part of folder.split("/")) {
    const below = lister.open(fd, terminated(encodePath(part)));
    if (fd !== root) libc.close(fd);
    if (below < 0) return below;
    fd = below;
  }
  return fd;
}

/** Lists a folder and all below it. Closes `fd`. Its own stack, as a tree may be deeper than that of the calls. */
function walkBelow(
  { libc, manifest, lister }: { libc: Library; manifest: Manifest; lister: FolderLister },
  fd: number,
  prefix: string,
): void {
  const opened: { readonly fd: number; readonly pending: Pending[] }[] = [];
  const enter = (folder: number, path: string): void => {
    // The last is taken first.
    opened.push({ fd: folder, pending: lister.list(folder, path).reverse() });
  };
  enter(fd, prefix);
  for (let here = opened.at(-1); here; here = opened.at(-1)) {
    const next = here.pending.pop();
    if (!next) {
      libc.close(here.fd);
      opened.pop();
    } else if (!isRepository(next.path)) {
      const below = lister.open(here.fd, next.name);
      if (below < 0) manifest.setUnreadable(next.index);
      else enter(below, `${next.path}/`);
    }
  }
}
