import { setImmediate } from "node:timers/promises";
import { concatBytes } from "../base/bytes.ts";
import { decodePath, encodePath, type TreePath } from "../base/tree_path.ts";
import type { Walker } from "./entry.ts";
import { kindOfMode, Manifest, type StatNumbers } from "./manifest.ts";

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

// Sizes are declared as 32 bits: they are small, and 64 would come as slow big integers.
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // The name and the place for the numbers come as addresses: a view on a buffer for each file would cost as much as the call.
  statx: { parameters: ["i32", "usize", "i32", "u32", "usize"], result: "i32" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "u32"], result: "i32" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

interface Library extends Omit<Symbols, "statx"> {
  /** Declared with big integers, and called with numbers, which Deno takes as well: an address has 48 bits. */
  readonly statx: (fd: number, name: number, flags: number, mask: number, stat: number) => number;
}

let opened: { readonly library: Library | undefined } | undefined;

function openLibrary(): Library | undefined {
  opened ??= { library: tryOpen() };
  return opened.library;
}

function tryOpen(): Library | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS).symbols as unknown as Library;
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
  readonly #names = new Uint8Array(256 * 1024);
  readonly #stat = new Uint8Array(256);
  /** Fields of statx, little-endian as both of the machines are. Source: linux/stat.h. */
  readonly #stat16 = new Uint16Array(this.#stat.buffer);
  readonly #stat32 = new Uint32Array(this.#stat.buffer);
  readonly #statAddress = addressOf(this.#stat);
  readonly #link = new Uint8Array(4096);
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
    const offsets = offsetsIn(names);
    this.#manifest.addFolder(prefix, names, offsets);
    const pending: Pending[] = [];
    const address = addressOf(names);
    for (const offset of offsets) this.#take({ fd, prefix, names, pending }, offset, address + offset);
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
    const parts: Uint8Array[] = [];
    while (true) {
      const count = this.#libc.getdents64(fd, this.#names, this.#names.length);
      if (count <= 0) return new Uint8Array(concatBytes(parts));
      parts.push(this.#names.slice(0, count));
    }
  }

  #take(
    folder: { fd: number; prefix: string; names: Uint8Array<ArrayBuffer>; pending: Pending[] },
    offset: number,
    address: number,
  ): void {
    const { fd, prefix, names } = folder;
    const stat = this.#describe(fd, address);
    const index = this.#manifest.add(stat);
    const kind = kindOfMode(stat.type);
    const isGitFile = names[offset] === DOT && names[offset + 1] === LETTER_G &&
      names[offset + 2] === LETTER_I;
    if (kind !== "folder" && kind !== "link" && !isGitFile) return;
    const end = names.indexOf(0, offset);
    const path = prefix + decodePath(names.subarray(offset, end));
    if (isGitFile) this.#manifest.addGitFile(path);
    const name = names.slice(offset, end + 1);
    if (kind === "link") this.#manifest.addTarget(index, path, this.#readLink(fd, name));
    if (kind === "folder") folder.pending.push({ name, path, index });
  }

  #describe(fd: number, address: number): StatNumbers {
    const { statx } = this.#libc;
    if (statx(fd, address, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, this.#statAddress) !== 0) return VANISHED;
    const stat = this.#stat32;
    return {
      type: this.#stat16[14] ?? 0,
      uid: stat[5] ?? 0,
      gid: stat[6] ?? 0,
      size: (stat[10] ?? 0) + (stat[11] ?? 0) * 2 ** 32,
      mtime: this.#time(28),
      ctime: this.#time(24),
      inode: (stat[8] ?? 0) + (stat[9] ?? 0) * 2 ** 32,
      device: (stat[34] ?? 0) * 2 ** 20 + (stat[35] ?? 0),
    };
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

const [DOT, LETTER_G, LETTER_I] = [0x2e, 0x67, 0x69];

/** What stood in the listing and was gone when it was looked at. */
const VANISHED: StatNumbers = { type: 0, uid: 0, gid: 0, size: 0, mtime: 0, ctime: 0, inode: 0, device: 0 };

/** Where the names begin in records of getdents64, `.` and `..` left out. */
function offsetsIn(names: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < names.length;) {
    const name = at + D_NAME;
    const isDots = names[name] === DOT &&
      (names[name + 1] === 0 || (names[name + 1] === DOT && names[name + 2] === 0));
    if (!isDots) offsets.push(name);
    at += (names[at + D_RECLEN] ?? 0) + (names[at + D_RECLEN + 1] ?? 0) * 256;
  }
  return offsets;
}

/** Where a buffer's bytes lie: they stay there as long as the buffer is held. */
function addressOf(bytes: Uint8Array<ArrayBuffer>): number {
  return bytes.length === 0 ? 0 : Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
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
