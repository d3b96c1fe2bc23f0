import { setImmediate } from "node:timers/promises";
import { encodePath, type TreePath } from "../base/tree_path.ts";
import type { Walker } from "./entry.ts";
import { FolderLister } from "./folder_lister.ts";
import {
  type Library,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  openLibrary,
  terminated,
} from "./libc.ts";
import { Manifest } from "./manifest.ts";

/**
 * The walker of Linux, by the C library: names are bytes, and times are whole. Undefined where the library cannot be called.
 */
export function linuxWalker(): Walker | undefined {
  const libc = openLibrary();
  if (!libc) return undefined;
  return {
    // Times are those of the last timer tick: 1 to 10 ms.
    granularity: 20_000,
    walk: (root, skip) => new Walk(libc, skip).run(root),
    read: (root, path, take) => readFile(libc, encodePath(`${root}/${path}`), take),
  };
}

/** Entries between two pauses. */
const PAUSE_AFTER = 2_000;

class Walk {
  readonly #libc: Library;
  readonly #skip: (path: TreePath) => boolean;
  readonly #manifest = new Manifest();
  readonly #lister: FolderLister;
  #pauseAt = PAUSE_AFTER;

  constructor(libc: Library, skip: (path: TreePath) => boolean) {
    this.#libc = libc;
    this.#skip = skip;
    this.#lister = new FolderLister(libc, this.#manifest);
  }

  async run(root: string): Promise<Manifest> {
    await this.#list(openRoot(this.#libc, root), "");
    return this.#manifest;
  }

  /** Closes `fd`. */
  async #list(fd: number, prefix: string): Promise<void> {
    const pending = this.#lister.list(fd, prefix);
    if (this.#manifest.size >= this.#pauseAt) await this.#pause();
    for (const { name, path, index } of pending) {
      if (this.#skip(path)) continue;
      const below = this.#lister.open(fd, name);
      if (below < 0) this.#manifest.setUnreadable(index);
      else await this.#list(below, `${path}/`);
    }
    this.#libc.close(fd);
  }

  /** Lets what git prints meanwhile be read: else its pipe fills and it waits for the end of the walk. */
  async #pause(): Promise<void> {
    this.#pauseAt = this.#manifest.size + PAUSE_AFTER;
    await setImmediate();
  }
}

/** @throws Deno.errors.PermissionDenied if it cannot be listed */
export function openRoot(libc: Library, root: string): number {
  const fd = libc.open(terminated(encodePath(root)), O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) throw new Deno.errors.PermissionDenied(`the folder "${root}" cannot be listed`);
  return fd;
}

const buffer = new Uint8Array(256 * 1024);

/** Opened without waiting and without following: a pipe or a link in a file's place is no file. */
function readFile(libc: Library, path: Uint8Array, take: (bytes: Uint8Array) => unknown): boolean {
  const fd = libc.open(terminated(path), O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    while (true) {
      const count = libc.read(fd, buffer, buffer.length);
      if (count < 0) return false;
      if (count === 0) return true;
      if (take(buffer.subarray(0, count)) === false) return false;
    }
  } finally {
    libc.close(fd);
  }
}
