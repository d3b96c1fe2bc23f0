import { Buffer } from "node:buffer";
import type { Entries, Entry } from "./entry.ts";
import { EntryRows } from "./entry_rows.ts";
import { decodePath, type TreePath } from "../base/tree_path.ts";

/** One folder of a manifest: its names as the kernel listed them, and where its entries stand in the columns. */
interface ListedFolder {
  /** "" for the root, else with a `/` at its end. */
  readonly prefix: string;
  /** One after the other, each with a zero byte at its end. */
  readonly names: Uint8Array;
  readonly first: number;
  /** Where the name of each entry begins in `names`. */
  readonly offsets: Uint32Array;
  /** The latest ctime in it, in whole seconds. */
  readonly newest: number;
  /** Entries by name, once somebody asked for one. */
  byName?: Map<string, number>;
}

/** What a manifest holds, as one thread can send it to another. */
export interface ManifestPart {
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly folders: readonly Omit<ListedFolder, "byName">[];
  readonly targets: ReadonlyMap<number, string>;
  readonly unreadable: ReadonlySet<number>;
  readonly gitFiles: readonly TreePath[];
  readonly links: readonly TreePath[];
}

/**
 * Every entry of a tree in columns of numbers, with names left as bytes until they are asked for: of a tree of a hundred
 * thousand files nearly all are only ever compared, and a path and an object for each would cost more than reading them from
 * the kernel. It is filled by the walk, folder by folder.
 */
export class Manifest implements Entries {
  readonly #rows = new EntryRows();
  readonly #folders: ListedFolder[] = [];
  readonly #byPrefix = new Map<string, ListedFolder>();
  readonly #targets = new Map<number, string>();
  readonly #unreadable = new Set<number>();
  readonly #gitFiles: TreePath[] = [];
  readonly #links: TreePath[] = [];

  get size(): number {
    return this.#rows.size;
  }

  /** Paths whose last part begins with `.gi`: they are asked for, and would be needles in the haystack. */
  get gitFiles(): readonly TreePath[] {
    return this.#gitFiles;
  }

  get links(): readonly TreePath[] {
    return this.#links;
  }

  get hasUnreadable(): boolean {
    return this.#unreadable.size > 0;
  }

  /** Adds a folder whose entries were added last, in the order of its names. */
  addFolder(folder: Omit<ListedFolder, "byName">): void {
    this.#folders.push(folder);
    this.#byPrefix.set(folder.prefix, folder);
  }

  /** Adds an entry by the words of its `struct statx`; all of them are 0 if it was gone already. */
  add(statx: Uint32Array): number {
    return this.#rows.add(statx);
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

  /** All that it holds; to be called once it is filled, and before anything is asked of it. */
  part(): ManifestPart {
    return {
      rows: this.#rows.words(),
      folders: this.#folders,
      targets: this.#targets,
      unreadable: this.#unreadable,
      gitFiles: this.#gitFiles,
      links: this.#links,
    };
  }

  /** Adds what another manifest of the same tree holds; the folders of the two are different ones. */
  absorb(part: ManifestPart): void {
    const first = this.#rows.absorb(part.rows);
    for (const folder of part.folders) this.addFolder({ ...folder, first: first + folder.first });
    for (const [index, target] of part.targets) this.#targets.set(first + index, target);
    for (const index of part.unreadable) this.#unreadable.add(first + index);
    for (const path of part.gitFiles) this.#gitFiles.push(path);
    for (const path of part.links) this.#links.push(path);
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

  /** What changed at or after a moment, by its ctime. */
  *since(ctime: number): Generator<[TreePath, Entry]> {
    for (const folder of this.#folders) {
      // In most of them nothing changed lately.
      if (folder.newest < Math.floor(ctime / 1e6)) continue;
      for (let i = 0; i < folder.offsets.length; i++) {
        const index = folder.first + i;
        if (this.#rows.ctimeAt(index) >= ctime) yield [this.#pathAt(folder, i), this.#entryAt(index)];
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
        if (this.#sameRows(folder, earlier, was)) continue;
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

  /** Whether all entries of a folder are the same in every number, its links and what was unreadable left to a closer look. */
  #sameRows(folder: ListedFolder, other: Manifest, otherFolder: ListedFolder): boolean {
    if (this.#targets.size + this.#unreadable.size + other.#unreadable.size > 0) {
      for (let index = folder.first; index < folder.first + folder.offsets.length; index++) {
        if (this.#targets.has(index) || this.#unreadable.has(index)) return false;
      }
    }
    const { first, offsets } = folder;
    return this.#rows.areSameFrom(first, offsets.length, { rows: other.#rows, first: otherFolder.first });
  }

  #sameAt(index: number, other: Manifest, otherIndex: number): boolean {
    // What could not be looked into is told by its ctime: it is left to the closer comparison.
    return this.#rows.isSameAt(index, other.#rows, otherIndex) &&
      this.#targets.get(index) === other.#targets.get(otherIndex) &&
      !this.#unreadable.has(index) && !other.#unreadable.has(otherIndex);
  }

  #indexOf(path: TreePath): number | undefined {
    const slash = path.lastIndexOf("/") + 1;
    const folder = this.#byPrefix.get(path.slice(0, slash));
    return folder === undefined ? undefined : this.#namesOf(folder).get(path.slice(slash));
  }

  #namesOf(folder: ListedFolder): Map<string, number> {
    if (folder.byName) return folder.byName;
    folder.byName = new Map();
    for (let i = 0; i < folder.offsets.length; i++) folder.byName.set(nameIn(folder, i), folder.first + i);
    return folder.byName;
  }

  #pathAt(folder: ListedFolder, i: number): TreePath {
    return folder.prefix + nameIn(folder, i);
  }

  #entryAt(index: number): Entry {
    return {
      ...this.#rows.at(index),
      target: this.#targets.get(index),
      ...(this.#unreadable.has(index) ? { unreadable: true as const } : {}),
    };
  }
}

function nameIn({ names, offsets }: ListedFolder, i: number): string {
  const start = offsets[i] ?? 0;
  return decodePath(names.subarray(start, names.indexOf(0, start)));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
