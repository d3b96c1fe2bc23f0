import type { Index, IndexEntry } from "./git_index.ts";
import { concatBytes } from "../base/bytes.ts";
import { decodePath, encodePath, type TreePath } from "../base/tree_path.ts";

/** The entries of an index as they were read, each known by its number. */
export interface IndexRecords {
  readonly count: number;
  /** In which the paths stand. */
  readonly bytes: Uint8Array;
  /** Where the path of each record begins and ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Submodules, conflicts, and those with a bit set that hides them from git status. */
  readonly unusual: readonly number[];
  /** If the bytes are those of an index's file: where in it each record begins, and how many bytes an object's id has. */
  readonly file?: { readonly heads: Uint32Array; readonly idLength: number };
  readonly entryAt: (record: number) => RecordedEntry;
}

export interface RecordedEntry extends IndexEntry {
  /** 0, or of a path in conflict 1 to 3. */
  readonly stage: number;
}

/**
 * The entries that are not plain, or may not be: submodules, conflicts, and those with a bit set that hides them from git
 * status. Of an index that was not read as records, all of them.
 */
export function unusualIn(index: Index): Iterable<[TreePath, IndexEntry]> {
  return index instanceof RecordedIndex ? index.unusual() : index;
}

/** The paths that end so. */
export function pathsEndingIn(index: Index, ending: string): TreePath[] {
  return index instanceof RecordedIndex
    ? index.endingIn(ending)
    : [...index.keys()].filter((path) => path.endsWith(ending));
}

/**
 * An index left as bytes: of fifty thousand entries a dispatch asks for a few, and to make a string of each path would take
 * longer than git takes to list them. git keeps them in the order of their bytes, so that one is found by halving; where they
 * are not in that order, all of them are read.
 */
export class RecordedIndex implements ReadonlyMap<TreePath, IndexEntry> {
  readonly #records: IndexRecords;
  readonly #inOrder: boolean;
  #all: Map<TreePath, IndexEntry> | undefined;

  constructor(records: IndexRecords) {
    this.#records = records;
    this.#inOrder = areInOrder(records);
  }

  get size(): number {
    return this.#readAll().size;
  }

  get(path: TreePath): IndexEntry | undefined {
    if (!this.#inOrder || path.includes("\0")) return this.#readAll().get(path);
    const record = this.#find(encodePath(path)).next().value;
    if (record === undefined) return undefined;
    const [key, entry] = this.#recordAt(record);
    return key === path ? entry : undefined;
  }

  has(path: TreePath): boolean {
    return this.get(path) !== undefined;
  }

  /**
   * The file of an index that holds of this one no more than the entries of these paths, and no checksum. Undefined where this
   * one was not read off a file, or is not in order.
   */
  only(paths: Iterable<TreePath>): Uint8Array<ArrayBuffer> | undefined {
    const { bytes, ends, file } = this.#records;
    if (!file || !this.#inOrder) return undefined;
    const wanted = [...paths].flatMap((path) => [...this.#find(encodePath(path))]).sort((a, b) => a - b);
    const entries = wanted.map((record) => {
      const head = file.heads[record] ?? 0;
      return bytes.subarray(head, head + recordLength(head, ends[record] ?? 0));
    });
    const head = bytes.slice(0, HEAD);
    new DataView(head.buffer).setUint32(COUNT, entries.length);
    // Zeros say that there is no checksum (index.skipHash); a git that does not know of that looks at none.
    return new Uint8Array(concatBytes([head, ...entries, new Uint8Array(file.idLength)]));
  }

  unusual(): [TreePath, IndexEntry][] {
    return this.#records.unusual.map((record) => this.#recordAt(record));
  }

  endingIn(ending: string): TreePath[] {
    const { bytes, starts, ends, count } = this.#records;
    const wanted = encodePath(ending);
    const found: TreePath[] = [];
    for (let record = 0; record < count; record++) {
      const end = ends[record] ?? 0;
      if (end - wanted.length < (starts[record] ?? 0)) continue;
      let same = 0;
      while (same < wanted.length && bytes[end - 1 - same] === wanted[wanted.length - 1 - same]) same++;
      if (same === wanted.length) found.push(this.#recordAt(record)[0]);
    }
    return found;
  }

  keys(): MapIterator<TreePath> {
    return this.#readAll().keys();
  }

  values(): MapIterator<IndexEntry> {
    return this.#readAll().values();
  }

  entries(): MapIterator<[TreePath, IndexEntry]> {
    return this.#readAll().entries();
  }

  [Symbol.iterator](): MapIterator<[TreePath, IndexEntry]> {
    return this.entries();
  }

  forEach(take: (value: IndexEntry, key: TreePath, map: ReadonlyMap<TreePath, IndexEntry>) => void): void {
    for (const [key, entry] of this) take(entry, key, this);
  }

  /** The records of a path: one, or of a path in conflict one for each stage. */
  *#find(wanted: Uint8Array): Generator<number, undefined> {
    let [low, high] = [0, this.#records.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    for (; low < this.#records.count && this.#compare(low, wanted) === 0; low++) yield low;
    return undefined;
  }

  /** A record's path against another, byte by byte. */
  #compare(record: number, wanted: Uint8Array): number {
    const { bytes, starts, ends } = this.#records;
    const [start, end] = [starts[record] ?? 0, ends[record] ?? 0];
    for (let i = 0; i < wanted.length; i++) {
      if (start + i >= end) return -1;
      const difference = (bytes[start + i] ?? 0) - (wanted[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return end - start - wanted.length;
  }

  /** A path in conflict has several stages, told apart by a suffix `\0` and the stage. */
  #recordAt(record: number): [TreePath, IndexEntry] {
    const { bytes, starts, ends, entryAt } = this.#records;
    const path = decodePath(bytes.subarray(starts[record], ends[record]));
    const { stage, ...entry } = entryAt(record);
    return [stage === 0 ? path : `${path}\0${stage}`, entry];
  }

  #readAll(): Map<TreePath, IndexEntry> {
    if (this.#all) return this.#all;
    this.#all = new Map();
    for (let record = 0; record < this.#records.count; record++) this.#all.set(...this.#recordAt(record));
    return this.#all;
  }
}

/** Where the entries of an index begin, and where their number stands. Source: gitformat-index(5). */
export const [HEAD, COUNT] = [12, 8];

/** How long a record is: a multiple of eight bytes, with one zero byte at least behind the path. */
export function recordLength(head: number, end: number): number {
  return (end - head + 8) & ~7;
}

/** Whether each path comes behind the one before it, by its bytes; one in conflict comes once for each of its stages. */
function areInOrder({ bytes, starts, ends, count, entryAt }: IndexRecords): boolean {
  for (let record = 1; record < count; record++) {
    const before = starts[record - 1] ?? 0;
    const beforeLength = (ends[record - 1] ?? 0) - before;
    const here = starts[record] ?? 0;
    const length = (ends[record] ?? 0) - here;
    const shorter = length < beforeLength ? length : beforeLength;
    let same = 0;
    while (same < shorter && bytes[here + same] === bytes[before + same]) same++;
    if (same < shorter) {
      if ((bytes[here + same] ?? 0) < (bytes[before + same] ?? 0)) return false;
    } else if (length < beforeLength) {
      return false;
    } else if (length === beforeLength && entryAt(record).stage <= entryAt(record - 1).stage) {
      return false;
    }
  }
  return true;
}
