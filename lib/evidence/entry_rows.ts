import { Buffer } from "node:buffer";
import type { EntryKind, EntryNumbers } from "./entry.ts";

/** Words of 32 bits that are kept of an entry. */
const ROW = 16;
/** Where they begin in a row: kind and permission bits, owner, group; then what has 64 bits, and times with nanoseconds. */
const [TYPE, UID, GID, INODE, DEVICE, SIZE, MTIME, CTIME] = [0, 1, 2, 3, 5, 7, 9, 12];

/** The stat data of entries as numbers in one block of memory, a row for each in the order in which they were added. */
export class EntryRows {
  #words: Uint32Array<ArrayBuffer> = new Uint32Array(ROW * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an entry by the words of its `struct statx`; all of them are 0 if it was gone already. Source: linux/stat.h. */
  add(statx: Uint32Array): number {
    const index = this.#size++;
    const row = index * ROW;
    if (row >= this.#words.length) this.#grow();
    const words = this.#words;
    words[row + TYPE] = (statx[7] ?? 0) & 0xffff;
    words[row + UID] = statx[5] ?? 0;
    words[row + GID] = statx[6] ?? 0;
    words[row + INODE] = statx[8] ?? 0;
    words[row + INODE + 1] = statx[9] ?? 0;
    words[row + DEVICE] = statx[34] ?? 0;
    words[row + DEVICE + 1] = statx[35] ?? 0;
    words[row + SIZE] = statx[10] ?? 0;
    words[row + SIZE + 1] = statx[11] ?? 0;
    words[row + MTIME] = statx[28] ?? 0;
    words[row + MTIME + 1] = statx[29] ?? 0;
    words[row + MTIME + 2] = statx[30] ?? 0;
    words[row + CTIME] = statx[24] ?? 0;
    words[row + CTIME + 1] = statx[25] ?? 0;
    words[row + CTIME + 2] = statx[26] ?? 0;
    return index;
  }

  /** All rows, as another thread can be sent them. */
  words(): Uint32Array<ArrayBuffer> {
    return this.#words.slice(0, this.#size * ROW);
  }

  /** Adds the rows of others behind its own, and tells where they begin. */
  absorb(words: Uint32Array): number {
    const first = this.#size;
    this.#size += words.length / ROW;
    while (this.#words.length < this.#size * ROW) this.#grow();
    this.#words.set(words, first * ROW);
    return first;
  }

  kindAt(index: number): EntryKind {
    return kindOfMode(this.#words[index * ROW + TYPE] ?? 0);
  }

  /** Microseconds. */
  ctimeAt(index: number): number {
    return this.#timeAt(index * ROW + CTIME);
  }

  at(index: number): EntryNumbers & { readonly kind: EntryKind; readonly mode: number } {
    const row = index * ROW;
    const type = this.#words[row + TYPE] ?? 0;
    return {
      kind: kindOfMode(type),
      mode: type & 0o7777,
      uid: this.#words[row + UID] ?? 0,
      gid: this.#words[row + GID] ?? 0,
      size: this.#wideAt(row + SIZE),
      mtime: this.#timeAt(row + MTIME),
      ctime: this.#timeAt(row + CTIME),
      inode: this.#wideAt(row + INODE),
      device: (this.#words[row + DEVICE] ?? 0) * 2 ** 20 + (this.#words[row + DEVICE + 1] ?? 0),
    };
  }

  /** Whether an entry is the same as one of others in every number that does not follow from what lies in it. */
  isSameAt(index: number, other: EntryRows, otherIndex: number): boolean {
    const [row, otherRow] = [index * ROW, otherIndex * ROW];
    // A folder's size and times follow from its content.
    const words = this.kindAt(index) === "folder" ? SIZE : ROW;
    for (let i = 0; i < words; i++) {
      if (this.#words[row + i] !== other.#words[otherRow + i]) return false;
    }
    return true;
  }

  /** Whether so many entries in a row are the same in every number. */
  areSameFrom(
    first: number,
    count: number,
    other: { readonly rows: EntryRows; readonly first: number },
  ): boolean {
    return Buffer.compare(this.#bytes(first, count), other.rows.#bytes(other.first, count)) === 0;
  }

  #bytes(first: number, count: number): Uint8Array {
    const bytes = Uint32Array.BYTES_PER_ELEMENT * ROW;
    return new Uint8Array(this.#words.buffer, first * bytes, count * bytes);
  }

  /** 64 bits, of which the upper half comes second, as both of the machines have it. */
  #wideAt(word: number): number {
    return (this.#words[word] ?? 0) + (this.#words[word + 1] ?? 0) * 2 ** 32;
  }

  /** Microseconds, of seconds and nanoseconds. */
  #timeAt(word: number): number {
    return this.#wideAt(word) * 1e6 + Math.floor((this.#words[word + 2] ?? 0) / 1e3);
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
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
function kindOfMode(type: number): EntryKind {
  return KINDS[type >> 12] ?? "unknown";
}
