import type { Index, IndexEntry } from "./git_index.ts";
import { listOf } from "./nul_list.ts";
import { decodePath, encodePath, type TreePath } from "../base/tree_path.ts";

export const INDEX_ARGS = ["ls-files", "--stage", "-v", "-z"] as const;

/** Reads `git ls-files --stage -v -z`: `<tag> <mode> <object> <stage>\t<path>`. Source: git-ls-files(1). */
export function parseIndex(output: Uint8Array): IndexListing {
  return new IndexListing(output);
}

/**
 * The entries that are not plain, or may not be: submodules, conflicts, and those with a bit set that hides them from git
 * status. Of an index that is no listing, all of them.
 */
export function unusualIn(index: Index): Iterable<[TreePath, IndexEntry]> {
  return index instanceof IndexListing ? index.unusual() : index;
}

/** The paths that end so. */
export function pathsEndingIn(index: Index, ending: string): TreePath[] {
  return index instanceof IndexListing
    ? index.endingIn(ending)
    : [...index.keys()].filter((path) => path.endsWith(ending));
}

/**
 * An index as git lists it, left as bytes: of fifty thousand entries a dispatch asks for a few, and to make a string of each
 * path would take longer than git takes to list them. git keeps them in the order of their bytes, so that one is found by
 * halving; where a listing is not in that order, all of it is read.
 */
class IndexListing implements ReadonlyMap<TreePath, IndexEntry> {
  readonly #bytes: Uint8Array;
  /** Where each record begins, and at the end where one more would. */
  #starts = new Uint32Array(1024);
  #count = 0;
  readonly #unusual: number[] = [];
  #inOrder = true;
  #all: Map<TreePath, IndexEntry> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#look();
  }

  get size(): number {
    return this.#readAll().size;
  }

  get(path: TreePath): IndexEntry | undefined {
    if (!this.#inOrder || path.includes("\0")) return this.#readAll().get(path);
    const wanted = encodePath(path);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    if (low === this.#count || this.#compare(low, wanted) !== 0) return undefined;
    const [key, entry] = this.#recordAt(low);
    return key === path ? entry : undefined;
  }

  has(path: TreePath): boolean {
    return this.get(path) !== undefined;
  }

  unusual(): [TreePath, IndexEntry][] {
    return this.#unusual.map((record) => this.#recordAt(record));
  }

  endingIn(ending: string): TreePath[] {
    const bytes = encodePath(ending);
    const found: TreePath[] = [];
    for (let record = 0; record < this.#count; record++) {
      const at = this.#endOf(record) - bytes.length;
      if (at >= this.#pathOf(record) && bytes.every((byte, i) => this.#bytes[at + i] === byte)) {
        found.push(this.#recordAt(record)[0]);
      }
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

  /** Finds the records, those that are unusual among them, and whether they are in order, in one pass over the bytes. */
  #look(): void {
    const bytes = this.#bytes;
    let [lastPath, lastEnd, lastStage] = [0, 0, 0];
    for (let start = 0; start < bytes.length;) {
      const stage = start + stageIn(bytes, start);
      const path = stage + 2;
      // The first byte at which the path is not as the one before: zero at the end of either.
      let same = 0;
      while (path + same < bytes.length && lastPath + same < lastEnd && bytes[path + same] !== 0) {
        if (bytes[path + same] !== bytes[lastPath + same]) break;
        same++;
      }
      const [now = 0, last = 0] = [bytes[path + same], bytes[lastPath + same]];
      const isFirst = start === 0;
      if (!isFirst && (now < last || now === last && (bytes[stage] ?? 0) <= lastStage)) this.#inOrder = false;
      let end = path + same;
      while (end < bytes.length && bytes[end] !== 0) end++;
      if (bytes[start] !== LETTER_H || bytes[start + 2] !== DIGIT_1 || bytes[start + 3] === DIGIT_6) {
        this.#unusual.push(this.#count);
      }
      this.#add(start);
      [lastPath, lastEnd, lastStage] = [path, end, bytes[stage] ?? 0];
      start = end + 1;
    }
  }

  #add(start: number): void {
    if (this.#count === this.#starts.length) {
      const more = new Uint32Array(this.#starts.length * 2);
      more.set(this.#starts);
      this.#starts = more;
    }
    this.#starts[this.#count++] = start;
  }

  #pathOf(record: number): number {
    const start = this.#starts[record] ?? 0;
    return start + stageIn(this.#bytes, start) + 2;
  }

  /** Where the zero byte behind a record stands. */
  #endOf(record: number): number {
    if (record + 1 < this.#count) return (this.#starts[record + 1] ?? 0) - 1;
    return this.#bytes.at(-1) === 0 ? this.#bytes.length - 1 : this.#bytes.length;
  }

  /** A record's path against another, byte by byte. */
  #compare(record: number, wanted: Uint8Array): number {
    const [path, end] = [this.#pathOf(record), this.#endOf(record)];
    for (let i = 0; i < wanted.length; i++) {
      if (path + i >= end) return -1;
      const difference = (this.#bytes[path + i] ?? 0) - (wanted[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return end - path - wanted.length;
  }

  #recordAt(record: number): [TreePath, IndexEntry] {
    return parseRecord(decodePath(this.#bytes.subarray(this.#starts[record], this.#endOf(record))));
  }

  #readAll(): Map<TreePath, IndexEntry> {
    return this.#all ??= new Map(listOf(this.#bytes).map(parseRecord));
  }
}

const [LETTER_H, DIGIT_1, DIGIT_6, SPACE] = [0x48, 0x31, 0x36, 0x20];

/** Where the stage stands in a record: behind a tag, a mode of six digits, and an object's id of 40 digits or 64. */
function stageIn(bytes: Uint8Array, start: number): number {
  return bytes[start + 49] === SPACE ? 50 : 74;
}

/** A path in conflict has several stages, told apart by a suffix `\0` and the stage. */
function parseRecord(record: string): [TreePath, IndexEntry] {
  const tab = record.indexOf("\t");
  const [afterTag, afterMode] = [record.indexOf(" "), record.indexOf(" ", 2)];
  const [tag, mode] = [record.slice(0, afterTag), record.slice(afterTag + 1, afterMode)];
  const stage = record.slice(tab - 1, tab);
  const path = record.slice(tab + 1);
  const entry = { tag, mode, object: record.slice(afterMode + 1, tab - 2) };
  return [stage === "0" ? path : `${path}\0${stage}`, entry];
}
