import { Buffer } from "node:buffer";
import type { Entries, Entry, EntryKind, EntryNumbers } from "./entry.ts";
import { decodePath, type TreePath } from "../base/tree_path.ts";

/** One folder of a manifest: its names as the kernel listed them, and where its entries stand in the columns. */
interface ListedFolder {
  /** "" for the root, else with a `/` at its end. */
  readonly prefix: string;
  /** Records of getdents64, one after the other. */
  readonly names: Uint8Array;
  readonly first: number;
  /** Where the name of each entry begins in `names`. */
  readonly offsets: readonly number[];
  /** Entries by name, once somebody asked for one. */
  byName?: Map<string, number>;
}

/** The numbers of an entry as statx gives them. */
export interface StatNumbers extends EntryNumbers {
  /** Kind and permission bits. */
  readonly type: number;
}

const KINDS: Readonly<Record<number, EntryKind>> = {
  0x1: "pipe",
  0x2: "device",
  0x4: "folder",
  0x6: "device",
  0x8: "file",
  0xa: "link",
  0xc: "socket",
};

/** The kind in the upper four bits of a mode. Source: inode(7). */
export function kindOfMode(type: number): EntryKind {
  return KINDS[type >> 12] ?? "unknown";
}

const WIDE = 5;
const NARROW = 3;

/**
 * Every entry of a tree in columns of numbers, with names left as bytes until they are asked for: of a tree of a hundred
 * thousand files nearly all are only ever compared, and a path and an object for each would cost more than reading them from
 * the kernel. It is filled by the walk, folder by folder.
 */
export class Manifest implements Entries {
  /** Size, mtime, ctime, inode, device. */
  #wide = new Float64Array(WIDE * 8192);
  /** Type, uid, gid. */
  #narrow = new Uint32Array(NARROW * 8192);
  #size = 0;
  readonly #folders: ListedFolder[] = [];
  readonly #byPrefix = new Map<string, ListedFolder>();
  readonly #targets = new Map<number, string>();
  readonly #unreadable = new Set<number>();
  readonly #gitFiles: TreePath[] = [];
  readonly #links: TreePath[] = [];

  get size(): number {
    return this.#size;
  }

  /** Paths whose last part begins with `.gi`: they are asked for, and would be needles in the haystack. */
  get gitFiles(): readonly TreePath[] {
    return this.#gitFiles;
  }

  get links(): readonly TreePath[] {
    return this.#links;
  }

  /** Begins a folder. Its entries are added next, in the order of `offsets`. */
  addFolder(prefix: string, names: Uint8Array, offsets: readonly number[]): void {
    const folder: ListedFolder = { prefix, names, first: this.#size, offsets };
    this.#folders.push(folder);
    this.#byPrefix.set(prefix, folder);
  }

  add(stat: StatNumbers): number {
    const index = this.#size++;
    if (index * WIDE >= this.#wide.length) this.#grow();
    const wide = index * WIDE;
    this.#wide[wide] = stat.size;
    this.#wide[wide + 1] = stat.mtime;
    this.#wide[wide + 2] = stat.ctime;
    this.#wide[wide + 3] = stat.inode;
    this.#wide[wide + 4] = stat.device;
    const narrow = index * NARROW;
    this.#narrow[narrow] = stat.type;
    this.#narrow[narrow + 1] = stat.uid;
    this.#narrow[narrow + 2] = stat.gid;
    return index;
  }

  addTarget(index: number, path: TreePath, target: string): void {
    this.#targets.set(index, target);
    this.#links.push(path);
  }

  addGitFile(path: TreePath): void {
    this.#gitFiles.push(path);
  }

  setUnreadable(index: number): void {
    this.#unreadable.add(index);
  }

  has(path: TreePath): boolean {
    return this.#indexOf(path) !== undefined;
  }

  get(path: TreePath): Entry | undefined {
    const index = this.#indexOf(path);
    return index === undefined ? undefined : this.#entryAt(index);
  }

  *[Symbol.iterator](): Generator<[TreePath, Entry]> {
    for (const folder of this.#folders) {
      for (let i = 0; i < folder.offsets.length; i++) {
        yield [this.#pathAt(folder, i), this.#entryAt(folder.first + i)];
      }
    }
  }

  *keys(): Generator<TreePath> {
    for (const folder of this.#folders) {
      for (let i = 0; i < folder.offsets.length; i++) yield this.#pathAt(folder, i);
    }
  }

  /** Everything below a folder, whose path ends in `/`. */
  *below(prefix: string): Generator<[TreePath, Entry]> {
    for (const folder of this.#folders) {
      if (!folder.prefix.startsWith(prefix)) continue;
      for (let i = 0; i < folder.offsets.length; i++) {
        yield [this.#pathAt(folder, i), this.#entryAt(folder.first + i)];
      }
    }
  }

  /** The files that changed at or after a moment, by their ctime. */
  *filesSince(ctime: number): Generator<[TreePath, Entry]> {
    for (const folder of this.#folders) {
      for (let i = 0; i < folder.offsets.length; i++) {
        const index = folder.first + i;
        if ((this.#wide[index * WIDE + 2] ?? 0) < ctime) continue;
        if (kindOfMode(this.#narrow[index * NARROW] ?? 0) === "file") {
          yield [this.#pathAt(folder, i), this.#entryAt(index)];
        }
      }
    }
  }

  /**
   * The paths at which this manifest is not the same as an earlier one in every number, with both sides. A folder that the
   * kernel lists byte for byte as before is compared without a name being read.
   */
  *differences(
    earlier: Manifest,
  ): Generator<{ path: TreePath; before: Entry | undefined; after: Entry | undefined }> {
    for (const folder of this.#folders) {
      const was = earlier.#byPrefix.get(folder.prefix);
      if (was && sameBytes(was.names, folder.names)) {
        for (let i = 0; i < folder.offsets.length; i++) {
          if (this.#sameAt(folder.first + i, earlier, was.first + i)) continue;
          yield {
            path: this.#pathAt(folder, i),
            before: earlier.#entryAt(was.first + i),
            after: this.#entryAt(folder.first + i),
          };
        }
        continue;
      }
      const names = was ? earlier.#namesOf(was) : new Map<string, number>();
      for (const [name, index] of this.#namesOf(folder)) {
        const old = names.get(name);
        if (old !== undefined && this.#sameAt(index, earlier, old)) continue;
        const before = old === undefined ? undefined : earlier.#entryAt(old);
        yield { path: folder.prefix + name, before, after: this.#entryAt(index) };
      }
    }
    for (const was of earlier.#folders) {
      const folder = this.#byPrefix.get(was.prefix);
      if (folder && sameBytes(was.names, folder.names)) continue;
      const names = folder ? this.#namesOf(folder) : new Map<string, number>();
      for (const [name, index] of earlier.#namesOf(was)) {
        if (!names.has(name)) {
          yield { path: was.prefix + name, before: earlier.#entryAt(index), after: undefined };
        }
      }
    }
  }

  #sameAt(index: number, other: Manifest, otherIndex: number): boolean {
    for (let i = 0; i < WIDE; i++) {
      // A folder's size and times follow from what lies in it.
      if (
        this.#wide[index * WIDE + i] !== other.#wide[otherIndex * WIDE + i] &&
        (i >= 3 || !this.#isFolderAt(index))
      ) return false;
    }
    for (let i = 0; i < NARROW; i++) {
      if (this.#narrow[index * NARROW + i] !== other.#narrow[otherIndex * NARROW + i]) return false;
    }
    // What could not be looked into is told by its ctime: it is left to the closer comparison.
    return this.#targets.get(index) === other.#targets.get(otherIndex) &&
      !this.#unreadable.has(index) && !other.#unreadable.has(otherIndex);
  }

  #isFolderAt(index: number): boolean {
    return (this.#narrow[index * NARROW] ?? 0) >> 12 === 0x4;
  }

  #indexOf(path: TreePath): number | undefined {
    const slash = path.lastIndexOf("/") + 1;
    const folder = this.#byPrefix.get(path.slice(0, slash));
    return folder === undefined ? undefined : this.#namesOf(folder).get(path.slice(slash));
  }

  #namesOf(folder: ListedFolder): Map<string, number> {
    return folder.byName ??= new Map(folder.offsets.map((_, i) => [nameIn(folder, i), folder.first + i]));
  }

  #pathAt(folder: ListedFolder, i: number): TreePath {
    return folder.prefix + nameIn(folder, i);
  }

  #entryAt(index: number): Entry {
    const [wide, narrow] = [index * WIDE, index * NARROW];
    const type = this.#narrow[narrow] ?? 0;
    return {
      kind: kindOfMode(type),
      mode: type & 0o7777,
      uid: this.#narrow[narrow + 1] ?? 0,
      gid: this.#narrow[narrow + 2] ?? 0,
      size: this.#wide[wide] ?? 0,
      mtime: this.#wide[wide + 1] ?? 0,
      ctime: this.#wide[wide + 2] ?? 0,
      inode: this.#wide[wide + 3] ?? 0,
      device: this.#wide[wide + 4] ?? 0,
      target: this.#targets.get(index),
      ...(this.#unreadable.has(index) ? { unreadable: true as const } : {}),
    };
  }

  #grow(): void {
    const [wide, narrow] = [
      new Float64Array(this.#wide.length * 2),
      new Uint32Array(this.#narrow.length * 2),
    ];
    wide.set(this.#wide);
    narrow.set(this.#narrow);
    [this.#wide, this.#narrow] = [wide, narrow];
  }
}

function nameIn({ names, offsets }: ListedFolder, i: number): string {
  const start = offsets[i] ?? 0;
  return decodePath(names.subarray(start, names.indexOf(0, start)));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
