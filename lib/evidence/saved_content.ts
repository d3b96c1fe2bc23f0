import type { TreePath } from "../base/tree_path.ts";

/** The most of one file, and of all together, that is kept. Bytes. */
export const MOST_OF_A_FILE = 64 * 1024 * 1024;
const MOST_IN_ALL = 512 * 1024 * 1024;

/**
 * Contents as they were before the run, in one file outside of the repository: what the patch, and taking it back, need of
 * files that git does not hold.
 */
export class SavedContent {
  readonly #file: Deno.FsFile;
  readonly #places = new Map<TreePath, { readonly offset: number; readonly length: number }>();
  #end = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
  }

  /** Whether a file of this size still fits. */
  hasRoomFor(size: number): boolean {
    return size <= MOST_OF_A_FILE && this.#end + size <= MOST_IN_ALL;
  }

  /** Takes a file's bytes as they come; what is given back is called when all of them have. */
  begin(path: TreePath): { readonly take: (bytes: Uint8Array) => void; readonly done: () => void } {
    const offset = this.#end;
    return {
      take: (bytes) => {
        for (let written = 0; written < bytes.length;) {
          written += this.#file.writeSync(bytes.subarray(written));
        }
        this.#end += bytes.length;
      },
      done: () => void this.#places.set(path, { offset, length: this.#end - offset }),
    };
  }

  /** The bytes of a file that was kept; undefined for another. */
  get(path: TreePath): Uint8Array | undefined {
    const place = this.#places.get(path);
    if (!place) return undefined;
    const bytes = new Uint8Array(place.length);
    this.#file.seekSync(place.offset, Deno.SeekMode.Start);
    for (let read = 0; read < bytes.length;) {
      const count = this.#file.readSync(bytes.subarray(read));
      if (count === null) return undefined;
      read += count;
    }
    return bytes;
  }

  close(): void {
    this.#file.close();
  }
}
