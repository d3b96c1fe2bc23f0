import { setImmediate } from "node:timers/promises";
import { concatBytes } from "../base/bytes.ts";
import { decodePath, encodePath, type TreePath } from "../base/tree_path.ts";
import type { Entries, Entry, EntryKind, Walker } from "./entry.ts";

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
    walk: (root, skip, known) => new Walk(libc, skip, known).run(root),
    read: (root, path, take) => readFile(libc, encodePath(`${root}/${path}`), take),
  };
}

// Sizes are declared as 32 bits: they are small, and 64 would come as slow big integers.
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
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
const KINDS: Readonly<Record<number, EntryKind>> = {
  0x1: "pipe",
  0x2: "device",
  0x4: "folder",
  0x6: "device",
  0x8: "file",
  0xa: "link",
  0xc: "socket",
};

interface Listing {
  readonly fd: number;
  readonly prefix: string;
  readonly folders: Folder[];
  /** What getdents64 wrote, a letter for each byte. */
  readonly block: string;
}

interface Folder {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly path: TreePath;
  readonly entry: Entry;
}

const latin1 = new TextDecoder("latin1");
const NOT_ASCII = /[^\0-\x7f]/;

/** Entries between two pauses. */
const PAUSE_AFTER = 2_000;

class Walk {
  readonly #libc: Library;
  readonly #skip: (path: TreePath) => boolean;
  readonly #known: Entries | undefined;
  readonly #entries: Entries = new Map();
  readonly #names = new Uint8Array(256 * 1024);
  readonly #names16 = new Uint16Array(this.#names.buffer);
  readonly #stat = new Uint8Array(256);
  /** Fields of statx, little-endian as both of the machines are. Source: linux/stat.h. */
  readonly #stat16 = new Uint16Array(this.#stat.buffer);
  readonly #stat32 = new Uint32Array(this.#stat.buffer);
  readonly #link = new Uint8Array(4096);
  #pauseAt = PAUSE_AFTER;

  constructor(libc: Library, skip: (path: TreePath) => boolean, known: Entries | undefined) {
    this.#libc = libc;
    this.#skip = skip;
    this.#known = known;
  }

  async run(root: string): Promise<Entries> {
    const fd = this.#libc.open(terminated(encodePath(root)), O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) throw new Deno.errors.PermissionDenied(`the folder "${root}" cannot be listed`);
    await this.#list(fd, "");
    return this.#entries;
  }

  /** Lists one folder whole before it goes into those below, so that one buffer serves them all. Closes `fd`. */
  async #list(fd: number, prefix: string): Promise<void> {
    const folders: Folder[] = [];
    for (let count = this.#readNames(fd); count > 0; count = this.#readNames(fd)) {
      const block = latin1.decode(this.#names.subarray(0, count));
      for (let at = 0; at < count;) {
        this.#take({ fd, prefix, folders, block }, at + 19);
        at += this.#names16[(at + 16) / 2] ?? count;
      }
    }
    for (const { name, path, entry } of folders) {
      const below = this.#libc.openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
      if (below < 0) this.#entries.set(path, { ...entry, unreadable: true });
      else await this.#list(below, `${path}/`);
    }
    this.#libc.close(fd);
    if (this.#entries.size >= this.#pauseAt) await this.#pause();
  }

  /** Lets what git prints meanwhile be read: else its pipe fills and it waits for the end of the walk. */
  async #pause(): Promise<void> {
    this.#pauseAt = this.#entries.size + PAUSE_AFTER;
    await setImmediate();
  }

  #readNames(fd: number): number {
    return this.#libc.getdents64(fd, this.#names, this.#names.length);
  }

  #take({ fd, prefix, folders, block }: Listing, start: number): void {
    const end = block.indexOf("\0", start);
    // Read byte by letter the block is right for ASCII, which nearly all names are; others are decoded by themselves.
    const plain = block.slice(start, end);
    if (plain === "." || plain === "..") return;
    const path = prefix + (NOT_ASCII.test(plain) ? decodePath(this.#names.subarray(start, end)) : plain);
    if (this.#skip(path)) return;
    const name = this.#names.subarray(start, end + 1);
    const entry = this.#describe(fd, name, this.#known?.get(path));
    this.#entries.set(path, entry);
    if (entry.kind === "folder") folders.push({ name: name.slice(), path, entry });
  }

  /** What stands there; the very entry of before if every one of its numbers is the same. */
  #describe(fd: number, name: Uint8Array<ArrayBuffer>, known: Entry | undefined): Entry {
    if (this.#libc.statx(fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, this.#stat) !== 0) return VANISHED;
    const stat = this.#stat32;
    const type = this.#stat16[14] ?? 0;
    const kind = KINDS[type >> 12] ?? "unknown";
    const mode = type & 0o7777;
    const [uid, gid] = [stat[5] ?? 0, stat[6] ?? 0];
    const size = (stat[10] ?? 0) + (stat[11] ?? 0) * 2 ** 32;
    const inode = (stat[8] ?? 0) + (stat[9] ?? 0) * 2 ** 32;
    const device = (stat[34] ?? 0) * 2 ** 20 + (stat[35] ?? 0);
    const mtime = this.#time(28);
    const ctime = this.#time(24);
    const same = known !== undefined && known.ctime === ctime && known.mtime === mtime &&
      known.size === size &&
      known.inode === inode && known.mode === mode && known.kind === kind && known.device === device &&
      known.uid === uid && known.gid === gid && kind !== "link" && !known.unreadable;
    if (same) return known;
    const target = kind === "link" ? this.#readLink(fd, name) : undefined;
    return { kind, mode, uid, gid, size, mtime, ctime, inode, device, target };
  }

  /** Seconds in 64 bits, of which the upper half is sign alone until 2106, and nanoseconds. */
  #time(at: number): number {
    const stat = this.#stat32;
    return ((stat[at] ?? 0) + (stat[at + 1] ?? 0) * 2 ** 32) * 1e6 + Math.floor((stat[at + 2] ?? 0) / 1e3);
  }

  #readLink(fd: number, name: Uint8Array<ArrayBuffer>): string {
    const length = this.#libc.readlinkat(fd, name, this.#link, this.#link.length);
    return length < 0 ? "" : decodePath(this.#link.subarray(0, length));
  }
}

/** What stood in the listing and was gone when it was looked at. */
const VANISHED: Entry = {
  kind: "unknown",
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  ctime: 0,
  inode: 0,
  device: 0,
};

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
