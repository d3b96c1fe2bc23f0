import { decodePath, type TreePath } from "../base/tree_path.ts";
import { type Library, Memory, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW } from "./libc.ts";
import type { Manifest } from "./manifest.ts";

/** A folder that is still to be listed. */
export interface Pending {
  /** Ended with a zero byte. */
  readonly name: Uint8Array<ArrayBuffer>;
  readonly path: TreePath;
  /** Its entry in the manifest. */
  readonly index: number;
}

const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
/** Fields of a record of getdents64: where its length stands, and its name. */
const [D_RECLEN, D_NAME] = [16, 19];
/** Kinds, as the upper four bits of a mode tell them. Source: inode(7). */
const [NOTHING, FOLDER, LINK] = [0x0, 0x4, 0xa];

/** Lists folders into a manifest by getdents64, statx and readlinkat. Sources: getdents(2), statx(2), readlink(2). */
export class FolderLister {
  readonly #libc: Library;
  readonly #manifest: Manifest;
  readonly #listing = new Memory(64 * 1024);
  /** The name that is looked at, ended with a zero byte. The length of a record has 16 bits, so none is longer. */
  readonly #name = new Memory(64 * 1024);
  readonly #stat = new Memory(256);
  readonly #statWords = new Uint32Array(this.#stat.bytes.buffer);
  readonly #link = new Uint8Array(4096);
  /** The names of the folder that is listed, each with a zero byte at its end, and where each begins. */
  #names = new Uint8Array(16 * 1024);
  #offsets = new Uint32Array(1024);

  constructor(libc: Library, manifest: Manifest) {
    this.#libc = libc;
    this.#manifest = manifest;
  }

  /** Lists one folder whole, so that one buffer serves them all, and gives back those that lie in it. */
  list(fd: number, prefix: string): Pending[] {
    const first = this.#manifest.size;
    const pending: Pending[] = [];
    const filled = { count: 0, bytes: 0, newest: 0 };
    while (true) {
      const length = this.#libc.getdents64(fd, this.#listing.pointer, this.#listing.bytes.length);
      if (length <= 0) break;
      this.#makeRoom(filled, length);
      this.#describe(fd, length, filled, (kind, name, index) => {
        const path = prefix + decodePath(name.subarray(0, -1));
        if (kind === FOLDER) pending.push({ name, path, index });
        if (kind === LINK) this.#manifest.addTarget(index, path, this.#readLink(fd, name));
        if (kind === NOTHING) this.#manifest.setUnreadable(index);
        if (beginsGitName(name, 0)) this.#manifest.addGitFile(path);
      });
    }
    const [names, offsets] = [this.#names.slice(0, filled.bytes), this.#offsets.slice(0, filled.count)];
    this.#manifest.addFolder({ prefix, first, names, offsets, newest: filled.newest });
    return pending;
  }

  /** A folder in an open one; negative if it cannot be opened, or is a link. */
  open(fd: number, name: Uint8Array<ArrayBuffer>): number {
    return this.#libc.openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  }

  /** For what may come of so many bytes of records. */
  #makeRoom({ count, bytes }: Filled, length: number): void {
    while (this.#names.length < bytes + length) this.#names = doubled(this.#names);
    while (this.#offsets.length < count + length / D_NAME) this.#offsets = doubled(this.#offsets);
  }

  /**
   * Looks at every entry in the records that were read. It loops over them in one piece, for this is where a walk spends its
   * time; `stand` is told of those few that more has to be known of.
   */
  #describe(
    fd: number,
    length: number,
    filled: Filled,
    stand: (kind: number, name: Uint8Array<ArrayBuffer>, index: number) => void,
  ): void {
    const { statx } = this.#libc;
    const manifest = this.#manifest;
    const [names, offsets, records] = [this.#names, this.#offsets, this.#listing.bytes];
    const [name, namePointer] = [this.#name.bytes, this.#name.pointer];
    const [words, statPointer] = [this.#statWords, this.#stat.pointer];
    let { count, bytes, newest } = filled;
    for (let record = 0; record < length;) {
      const from = record + D_NAME;
      record += (records[record + D_RECLEN] ?? 0) + (records[record + D_RECLEN + 1] ?? 0) * 256;
      if (isDots(records, from)) continue;
      const start = bytes;
      // Behind its zero byte a record holds whatever was there before: only the name itself is kept.
      let byte = 1;
      for (let i = 0; byte !== 0; i++) names[bytes++] = name[i] = byte = records[from + i] ?? 0;
      // What stood in the listing and is gone, or may not be looked at, has no numbers.
      if (statx(fd, namePointer, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, statPointer) !== 0) words.fill(0);
      offsets[count++] = start;
      const index = manifest.add(words);
      const changed = (words[24] ?? 0) + (words[25] ?? 0) * 2 ** 32;
      if (changed > newest) newest = changed;
      const kind = (words[7] ?? 0) >> 12 & 0xf;
      if (kind === FOLDER || kind === LINK || kind === NOTHING || beginsGitName(names, start)) {
        stand(kind, names.slice(start, bytes), index);
      }
    }
    filled.count = count;
    filled.bytes = bytes;
    filled.newest = newest;
  }

  #readLink(fd: number, name: Uint8Array<ArrayBuffer>): string {
    const length = this.#libc.readlinkat(fd, name, this.#link, this.#link.length);
    return length < 0 ? "" : decodePath(this.#link.subarray(0, length));
  }
}

/** How far the lists of a folder's names are filled, and the latest ctime so far. */
interface Filled {
  count: number;
  bytes: number;
  newest: number;
}

const [DOT, LETTER_G, LETTER_I] = [0x2e, 0x67, 0x69];

/** Whether the name is `.` or `..`. */
function isDots(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === DOT && (bytes[at + 1] === 0 || (bytes[at + 1] === DOT && bytes[at + 2] === 0));
}

function beginsGitName(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === DOT && bytes[at + 1] === LETTER_G && bytes[at + 2] === LETTER_I;
}

function doubled<List extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(list: List): List {
  const more = list instanceof Uint8Array
    ? new Uint8Array(list.length * 2)
    : new Uint32Array(list.length * 2);
  more.set(list);
  return more as List;
}
