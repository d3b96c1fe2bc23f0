import { setImmediate } from "node:timers/promises";
import { concatBytes } from "../base/bytes.ts";
import { decodePath, encodePath, type TreePath } from "../base/tree_path.ts";
import type { Walker } from "./entry.ts";
import { Manifest } from "./manifest.ts";

/**
 * The walker of Linux: getdents64, statx and readlinkat of the C library, by which names are bytes and times are whole.
 * Undefined where the library cannot be called. Sources: getdents(2), statx(2), readlink(2).
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

/**
 * Sizes are declared as 32 bits: they are small, and 64 would come as slow big integers. Where it is called for every entry,
 * a place in memory comes as a pointer that was made once: a view on a buffer, or an address, would cost a third of the call.
 */
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getdents64: { parameters: ["i32", "pointer", "u32"], result: "i32" },
  statx: { parameters: ["i32", "pointer", "i32", "u32", "pointer"], result: "i32" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "u32"], result: "i32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: { readonly library: Library | undefined } | undefined;

function openLibrary(): Library | undefined {
  opened ??= { library: tryOpen() };
  return opened.library;
}

function tryOpen(): Library | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return undefined;
  }
}

const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;
/** These two are the other way round on ARM. Source: asm/fcntl.h of both. */
const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64" ? [0x4000, 0x8000] : [0x10000, 0x20000];
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
/** Fields of a record of getdents64: where its length stands, its type, its name. */
const [D_RECLEN, D_NAME] = [16, 19];
/** Kinds, as the upper four bits of a mode tell them. Source: inode(7). */
const [FOLDER, LINK] = [0x4, 0xa];

/** Entries between two pauses. */
const PAUSE_AFTER = 2_000;

/** A folder that is still to be listed. */
interface Pending {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly path: TreePath;
  readonly index: number;
}

class Walk {
  readonly #libc: Library;
  readonly #skip: (path: TreePath) => boolean;
  readonly #manifest = new Manifest();
  readonly #listing = new Memory(256 * 1024);
  /** The name that is looked at, ended with a zero byte: it has 255 bytes at most. */
  readonly #name = new Memory(256);
  readonly #stat = new Memory(256);
  readonly #statWords = new Uint32Array(this.#stat.bytes.buffer);
  readonly #link = new Uint8Array(4096);
  #offsets = new Uint32Array(1024);
  #pauseAt = PAUSE_AFTER;

  constructor(libc: Library, skip: (path: TreePath) => boolean) {
    this.#libc = libc;
    this.#skip = skip;
  }

  async run(root: string): Promise<Manifest> {
    const fd = this.#libc.open(terminated(encodePath(root)), O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) throw new Deno.errors.PermissionDenied(`the folder "${root}" cannot be listed`);
    await this.#list(fd, "");
    return this.#manifest;
  }

  /** Lists one folder whole before it goes into those below, so that one buffer serves them all. Closes `fd`. */
  async #list(fd: number, prefix: string): Promise<void> {
    const names = this.#readNames(fd);
    const offsets = this.#offsetsIn(names);
    this.#manifest.addFolder(prefix, names, offsets);
    const pending: Pending[] = [];
    this.#describe(fd, names, offsets, (kind, at, index) => {
      const name = names.slice(at, names.indexOf(0, at) + 1);
      const path = prefix + decodePath(name.subarray(0, -1));
      if (kind === FOLDER) pending.push({ name, path, index });
      if (kind === LINK) this.#manifest.addTarget(index, path, this.#readLink(fd, name));
      if (beginsGitName(names, at)) this.#manifest.addGitFile(path);
    });
    if (this.#manifest.size >= this.#pauseAt) await this.#pause();
    for (const { name, path, index } of pending) {
      if (this.#skip(path)) continue;
      const below = this.#libc.openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
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

  /** The records of all names in a folder, in memory of their own. */
  #readNames(fd: number): Uint8Array<ArrayBuffer> {
    const { bytes, pointer } = this.#listing;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    while (true) {
      const count = this.#libc.getdents64(fd, pointer, bytes.length);
      if (count <= 0) break;
      parts.push(bytes.slice(0, count));
    }
    const [only, ...others] = parts;
    return only && others.length === 0 ? only : new Uint8Array(concatBytes(parts));
  }

  /** Where the names begin in records of getdents64, `.` and `..` left out. */
  #offsetsIn(names: Uint8Array): Uint32Array {
    let count = 0;
    for (let at = 0; at < names.length;) {
      const name = at + D_NAME;
      const isDots = names[name] === DOT &&
        (names[name + 1] === 0 || (names[name + 1] === DOT && names[name + 2] === 0));
      if (count === this.#offsets.length) this.#offsets = doubled(this.#offsets);
      if (!isDots) this.#offsets[count++] = name;
      at += (names[at + D_RECLEN] ?? 0) + (names[at + D_RECLEN + 1] ?? 0) * 256;
    }
    return this.#offsets.slice(0, count);
  }

  /**
   * Looks at every entry of a folder. It is called once for each folder and loops over its entries in one piece, for this is
   * where a walk spends its time; `stand` is told of those few that more has to be known of.
   */
  #describe(
    fd: number,
    names: Uint8Array,
    offsets: Uint32Array,
    stand: (kind: number, at: number, index: number) => void,
  ): void {
    const { statx } = this.#libc;
    const manifest = this.#manifest;
    const [name, namePointer] = [this.#name.bytes, this.#name.pointer];
    const [words, statPointer] = [this.#statWords, this.#stat.pointer];
    for (let i = 0; i < offsets.length; i++) {
      const at = offsets[i] ?? 0;
      let length = 0;
      do name[length] = names[at + length] ?? 0; while (name[length++] !== 0);
      // What stood in the listing and is gone has no numbers.
      if (statx(fd, namePointer, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, statPointer) !== 0) words.fill(0);
      const index = manifest.add(words);
      const kind = (words[7] ?? 0) >> 12 & 0xf;
      if (kind === FOLDER || kind === LINK || beginsGitName(names, at)) stand(kind, at, index);
    }
  }

  #readLink(fd: number, name: Uint8Array<ArrayBuffer>): string {
    const length = this.#libc.readlinkat(fd, name, this.#link, this.#link.length);
    return length < 0 ? "" : decodePath(this.#link.subarray(0, length));
  }
}

/** Bytes that stay where they are as long as they are held, with a pointer to them. */
class Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pointer: Deno.PointerValue;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.pointer = Deno.UnsafePointer.of(this.bytes);
  }
}

const [DOT, LETTER_G, LETTER_I] = [0x2e, 0x67, 0x69];

function beginsGitName(names: Uint8Array, at: number): boolean {
  return names[at] === DOT && names[at + 1] === LETTER_G && names[at + 2] === LETTER_I;
}

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(numbers.length * 2);
  more.set(numbers);
  return more;
}

const buffer = new Uint8Array(256 * 1024);

/** Opened without waiting and without following: a pipe or a link in a file's place is no file. */
function readFile(libc: Library, path: Uint8Array, take: (bytes: Uint8Array) => void): boolean {
  const fd = libc.open(terminated(path), O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    while (true) {
      const count = libc.read(fd, buffer, buffer.length);
      if (count < 0) return false;
      if (count === 0) return true;
      take(buffer.subarray(0, count));
    }
  } finally {
    libc.close(fd);
  }
}

function terminated(path: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(concatBytes([path, new Uint8Array(1)]));
}
