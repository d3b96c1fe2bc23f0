import { setImmediate } from "node:timers/promises";
import type { Entry } from "../../evidence/entry.ts";
import { O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK } from "../../evidence/libc.ts";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import type { Copier, IndexStat } from "./copier.ts";
import { AT_FDCWD, ENOENT, errnoOf, failure, type Library, named, openLibrary } from "./copy_calls.ts";
import { FOLDER, FolderTrail } from "./folder_trail.ts";

/**
 * The copier of Linux: by the C library, so that names are bytes and times are whole, and the kernel copies. Undefined where
 * the library cannot be called. Sources: copy_file_range(2), which shares the bytes on file systems that can; openat(2).
 */
export function linuxCopier(from: string, to: string): Copier | undefined {
  const libc = openLibrary();
  return libc && new LinuxCopier(libc, from, to);
}

const [O_WRONLY, O_CREAT, O_EXCL] = [0x1, 0x40, 0x80];
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;

/** The most that is copied without a pause, so that a signal is seen meanwhile. Bytes. */
const PIECE = 64 * 1024 * 1024;

class LinuxCopier implements Copier {
  readonly #libc: Library;
  readonly #source: FolderTrail;
  readonly #target: FolderTrail;
  readonly #stat = new Uint8Array(256);
  readonly #view = new DataView(this.#stat.buffer);
  readonly #times = new Uint8Array(32);
  #buffer: Uint8Array<ArrayBuffer> | undefined;

  constructor(libc: Library, from: string, to: string) {
    this.#libc = libc;
    this.#source = new FolderTrail(libc, from, { make: false });
    this.#target = new FolderTrail(libc, to, { make: true });
  }

  makeFolder(path: TreePath): void {
    this.#target.open(`${path}/`);
  }

  async copyFile(path: TreePath, entry: Entry, signal?: AbortSignal): Promise<IndexStat | undefined> {
    const { openat, close } = this.#libc;
    const [prefix, name] = split(path);
    const folder = this.#source.find(prefix);
    if (folder === undefined) return undefined;
    const source = openat(folder, name, O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (source < 0) {
      if (this.#errno() === ENOENT) return undefined;
      throw this.#failure("read", path);
    }
    let target = -1;
    try {
      if (!this.#describe(source, EMPTY) || this.#view.getUint16(28, true) >> 12 !== 0x8) {
        throw new Error(`"${showPath(path)}" was replaced by something else while it was copied`);
      }
      const size = Number(this.#view.getBigUint64(40, true));
      // The same time of change, to the nanosecond: what build tools compare must come out the same.
      for (const at of [0, 16]) {
        this.#times.set(this.#stat.subarray(112, 120), at);
        new DataView(this.#times.buffer).setBigInt64(at + 8, BigInt(this.#view.getUint32(120, true)), true);
      }
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      target = openat(this.#target.open(prefix), name, flags, 0o600);
      if (target < 0) throw this.#failure("write", path);
      if (size > 0) await this.#copyBytes({ source, target, path, size }, signal);
      this.#libc.fchmod(target, entry.mode & 0o1777);
      if (this.#libc.futimens(target, this.#times) !== 0) throw this.#failure("write", path);
      this.#describe(target, EMPTY);
      return this.#indexStat();
    } finally {
      close(source);
      if (target >= 0) close(target);
    }
  }

  makeLink(path: TreePath, entry: Entry): IndexStat {
    const [prefix, name] = split(path);
    const folder = this.#target.open(prefix);
    const { symlinkat, utimensat } = this.#libc;
    if (symlinkat(named(entry.target ?? ""), folder, name) !== 0) throw this.#failure("write", path);
    const times = new BigInt64Array(this.#times.buffer);
    const micros = BigInt(Math.floor(entry.mtime));
    times.set([micros / 1_000_000n, micros % 1_000_000n * 1000n]);
    times.copyWithin(2, 0, 2);
    utimensat(folder, name, this.#times, AT_SYMLINK_NOFOLLOW);
    this.#describe(folder, name);
    return this.#indexStat();
  }

  linkFile(path: TreePath, existing: TreePath): void {
    const [prefix, name] = split(path);
    const [oldPrefix, oldName] = split(existing);
    // Each trail is on one folder at a time: the older name is reached by its whole path.
    const old = this.#libc.openat(AT_FDCWD, named(`${this.#target.root}/${oldPrefix}`), FOLDER, 0);
    if (old < 0) throw this.#failure("read", existing);
    const done = this.#libc.linkat(old, oldName, this.#target.open(prefix), name, 0);
    const failure = done === 0 ? undefined : this.#failure("write", path);
    this.#libc.close(old);
    if (failure) throw failure;
  }

  finishFolder(path: TreePath, entry: Entry): void {
    const times = new BigInt64Array(this.#times.buffer);
    const micros = BigInt(Math.floor(entry.mtime));
    times.set([micros / 1_000_000n, micros % 1_000_000n * 1000n]);
    times.copyWithin(2, 0, 2);
    const fd = this.#target.open(path === "" ? "" : `${path}/`);
    this.#libc.futimens(fd, this.#times);
    if (this.#libc.fchmod(fd, entry.mode & 0o1777) !== 0) throw this.#failure("write", path);
  }

  [Symbol.dispose](): void {
    this.#source.close();
    this.#target.close();
  }

  async #copyBytes(
    { source, target, path, size }: { source: number; target: number; path: TreePath; size: number },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let copied = 0;
    while (copied < size) {
      const count = this.#libc.copy_file_range(source, 0n, target, 0n, PIECE, 0);
      if (count <= 0) break;
      copied += count;
      if (count === PIECE) await pause(signal);
    }
    if (copied >= size) return;
    // Another file system, or one that cannot: by hand, from the beginning.
    this.#libc.lseek(source, 0, 0);
    this.#libc.lseek(target, 0, 0);
    this.#libc.ftruncate(target, 0);
    const buffer = this.#buffer ??= new Uint8Array(1024 * 1024);
    for (let since = 0;;) {
      const count = this.#libc.read(source, buffer, buffer.length);
      if (count < 0) throw this.#failure("read", path);
      if (count === 0) return;
      for (let written = 0; written < count;) {
        const more = this.#libc.write(target, buffer.subarray(written, count), count - written);
        if (more <= 0) throw this.#failure("write", path);
        written += more;
      }
      since += count;
      if (since >= PIECE) {
        since = 0;
        await pause(signal);
      }
    }
  }

  #describe(fd: number, name: Uint8Array<ArrayBuffer>): boolean {
    const flags = AT_SYMLINK_NOFOLLOW | (name === EMPTY ? AT_EMPTY_PATH : 0);
    return this.#libc.statx(fd, name, flags, STATX_BASIC_STATS, this.#stat) === 0;
  }

  /** Fields of statx, little-endian as both of the machines are. Source: linux/stat.h. */
  #indexStat(): IndexStat {
    const view = this.#view;
    const [major, minor] = [view.getUint32(136, true), view.getUint32(140, true)];
    return {
      ctime: [Number(view.getBigInt64(96, true)), view.getUint32(104, true)],
      mtime: [Number(view.getBigInt64(112, true)), view.getUint32(120, true)],
      // The lower 32 bits of what the C library calls a device. Source: gnu_dev_makedev of glibc.
      device: ((major & 0xfff) << 8 | minor & 0xff | (minor & 0xfff00) << 12) >>> 0,
      inode: view.getUint32(32, true),
      uid: view.getUint32(20, true),
      gid: view.getUint32(24, true),
      size: view.getUint32(40, true),
    };
  }

  #failure(what: "read" | "write", path: TreePath): Error {
    return failure(this.#errno(), what, path);
  }

  #errno(): number {
    return errnoOf(this.#libc);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

function split(path: TreePath): [prefix: string, name: Uint8Array<ArrayBuffer>] {
  const slash = path.lastIndexOf("/") + 1;
  return [path.slice(0, slash), named(path.slice(slash))];
}

const EMPTY = new Uint8Array(1);
