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
    walk: (root, skip) => new Walk(libc, skip).run(root),
    read: (root, path, take) => readFile(libc, encodePath(`${root}/${path}`), take),
  };
}

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
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

interface Folder {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly path: TreePath;
  readonly entry: Entry;
}

class Walk {
  readonly #libc: Library;
  readonly #skip: (path: TreePath) => boolean;
  readonly #entries: Entries = new Map();
  readonly #names = new Uint8Array(256 * 1024);
  readonly #namesView = new DataView(this.#names.buffer);
  readonly #stat = new Uint8Array(256);
  readonly #statView = new DataView(this.#stat.buffer);
  readonly #link = new Uint8Array(4096);

  constructor(libc: Library, skip: (path: TreePath) => boolean) {
    this.#libc = libc;
    this.#skip = skip;
  }

  run(root: string): Entries {
    const fd = this.#libc.open(terminated(encodePath(root)), O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) throw new Deno.errors.PermissionDenied(`the folder "${root}" cannot be listed`);
    this.#list(fd, "");
    return this.#entries;
  }

  /** Lists one folder whole before it goes into those below, so that one buffer serves them all. Closes `fd`. */
  #list(fd: number, prefix: string): void {
    const folders: Folder[] = [];
    for (let count = this.#readNames(fd); count > 0; count = this.#readNames(fd)) {
      for (let at = 0; at < count;) {
        const length = this.#namesView.getUint16(at + 16, true);
        this.#take({ fd, prefix, folders }, at + 19);
        at += length;
      }
    }
    for (const { name, path, entry } of folders) {
      const below = this.#libc.openat(fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
      if (below < 0) this.#entries.set(path, { ...entry, unreadable: true });
      else this.#list(below, `${path}/`);
    }
    this.#libc.close(fd);
  }

  #readNames(fd: number): number {
    return Number(this.#libc.getdents64(fd, this.#names, BigInt(this.#names.length)));
  }

  #take(folder: { fd: number; prefix: string; folders: Folder[] }, start: number): void {
    const end = this.#names.indexOf(0, start);
    if (
      this.#names[start] === 0x2e &&
      (end === start + 1 || (end === start + 2 && this.#names[start + 1] === 0x2e))
    ) return;
    const path = folder.prefix + decodePath(this.#names.subarray(start, end));
    if (this.#skip(path)) return;
    const name = this.#names.subarray(start, end + 1);
    const entry = this.#describe(folder.fd, name);
    this.#entries.set(path, entry);
    if (entry.kind === "folder") folder.folders.push({ name: name.slice(), path, entry });
  }

  #describe(fd: number, name: Uint8Array<ArrayBuffer>): Entry {
    if (this.#libc.statx(fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, this.#stat) !== 0) return VANISHED;
    const view = this.#statView;
    const type = view.getUint16(28, true);
    const kind = KINDS[type >> 12] ?? "unknown";
    const time = (at: number): number =>
      Number(view.getBigInt64(at, true)) * 1e6 + Math.floor(view.getUint32(at + 8, true) / 1e3);
    const entry: Entry = {
      kind,
      mode: type & 0o7777,
      uid: view.getUint32(20, true),
      gid: view.getUint32(24, true),
      size: Number(view.getBigUint64(40, true)),
      mtime: time(112),
      ctime: time(96),
      inode: Number(view.getBigUint64(32, true)),
      device: view.getUint32(136, true) * 2 ** 20 + view.getUint32(140, true),
    };
    return kind === "link" ? { ...entry, target: this.#readLink(fd, name) } : entry;
  }

  #readLink(fd: number, name: Uint8Array<ArrayBuffer>): string {
    const length = Number(this.#libc.readlinkat(fd, name, this.#link, BigInt(this.#link.length)));
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
      const count = Number(libc.read(fd, buffer, BigInt(buffer.length)));
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
