import type { Entries } from "./entry.ts";
import { isRepository } from "./entry_lookups.ts";
import { FolderLister, type Pending } from "./folder_lister.ts";
import { type Library, openLibrary } from "./libc.ts";
import { Manifest, type ManifestPart } from "./manifest.ts";
import { openBelow, type SharedWalk, type WalkedShare, walkShare } from "./shared_walk.ts";
import { openRoot } from "./walk_linux.ts";

/** What the other thread answers to a {@link SharedWalk}. */
export interface ShareMessage extends WalkedShare {
  readonly part: ManifestPart;
}

/** So many folders are listed first, to be shared: some may hold most of the tree. */
const FEWEST_TO_SHARE = 64;

/**
 * A second thread for walks. To start one holds this thread up for 20 ms and more: it is for large trees, and for a moment at
 * which there is nothing else to do.
 */
export class WalkThread implements Disposable {
  readonly #libc: Library;
  readonly #worker: Worker;
  #state: "starting" | "ready" | "failed" = "starting";

  private constructor(libc: Library, worker: Worker) {
    this.#libc = libc;
    this.#worker = worker;
    worker.addEventListener("message", () => this.#state = "ready", { once: true });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#state = "failed";
    });
  }

  /** @param module main.ts, or the bundle of it, which knows that it is a thread. Undefined where there can be none. */
  static start(module: string): WalkThread | undefined {
    const libc = openLibrary();
    return libc && new WalkThread(libc, new Worker(module, { type: "module", name: "walk" }));
  }

  /** Whether the thread is up. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  /**
   * Walks a tree as a walker does that leaves out what lies in repositories. Undefined if the thread is of no use: not up yet,
   * or broken.
   */
  async walk(root: string): Promise<Entries | undefined> {
    if (!this.isReady) return undefined;
    const fd = openRoot(this.#libc, root);
    try {
      const manifest = new Manifest();
      const folders = listFirst(this.#libc, manifest, fd);
      const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const order: SharedWalk = { root: fd, folders: folders.map(({ path }) => path), taken };
      const theirs = this.#ask(order);
      const ours = walkShare(this.#libc, manifest, order);
      const share = await theirs;
      if (share === undefined) return undefined;
      manifest.absorb(share.part);
      for (const number of [...ours.unreadable, ...share.unreadable]) {
        manifest.setUnreadable(folders[number]?.index ?? 0);
      }
      return manifest;
    } finally {
      this.#libc.close(fd);
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #ask(order: SharedWalk): Promise<ShareMessage | undefined> {
    return new Promise((resolve) => {
      this.#worker.addEventListener("message", ({ data }) => resolve(data), { once: true });
      this.#worker.addEventListener("error", () => resolve(undefined), { once: true });
      this.#worker.postMessage(order);
    });
  }
}

/** Lists from the root downwards until there are enough folders to be shared, and gives those back. */
function listFirst(libc: Library, manifest: Manifest, root: number): Pending[] {
  const lister = new FolderLister(libc, manifest);
  const isListed = ({ path }: Pending): boolean => !isRepository(path);
  const folders = lister.list(root, "").filter(isListed);
  while (folders.length < FEWEST_TO_SHARE) {
    const folder = folders.shift();
    if (!folder) break;
    const fd = openBelow(libc, lister, { root, folder: folder.path });
    if (fd < 0) manifest.setUnreadable(folder.index);
    else {
      folders.push(...lister.list(fd, `${folder.path}/`).filter(isListed));
      libc.close(fd);
    }
  }
  return folders;
}
