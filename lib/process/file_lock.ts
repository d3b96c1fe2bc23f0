import { cLibrary } from "../base/c_library.ts";

/**
 * An exclusive lock on a file that this process holds. The kernel lets go of it when the process ends, however it ends, so a
 * lock is never stale and no process id has to be believed. Source: flock(2).
 */
export interface FileLock {
  /** Whether a path still is the file that is locked: it may have been deleted, or replaced. */
  readonly isAt: (file: string) => boolean;
  readonly release: () => void;
}

/** Locks a file, without waiting; undefined if another holds it, if it is no plain file, or where there are no such locks. */
export function lockFile(file: string): FileLock | undefined {
  const libc = openLibrary();
  const info = plainFile(file);
  const fd = libc && info ? open(libc, file, O_RDWR) : -1;
  if (!libc || !info || fd < 0) return undefined;
  if (libc.flock(fd, LOCK_EX | LOCK_NB) !== 0 || !isSame(info, plainFile(file))) {
    libc.close(fd);
    return undefined;
  }
  let isHeld = true;
  return {
    isAt: (path) => isHeld && isSame(info, plainFile(path)),
    release: () => {
      if (isHeld) libc.close(fd);
      isHeld = false;
    },
  };
}

/** Whether some process holds the lock of a file. What is no plain file, or has a second name, is nobody's. */
export function isLocked(file: string): boolean {
  const libc = openLibrary();
  const info = plainFile(file);
  if (!libc || !info) return false;
  let fd = open(libc, file, O_RDONLY);
  if (fd < 0) {
    // Shut by somebody: it is opened, or it would count as held for ever.
    try {
      Deno.chmodSync(file, 0o600);
    } catch {
      return false;
    }
    fd = open(libc, file, O_RDONLY);
    if (fd < 0) return plainFile(file) !== undefined;
  }
  const isFree = libc.flock(fd, LOCK_SH | LOCK_NB) === 0;
  libc.close(fd);
  return !isFree && isSame(info, plainFile(file));
}

/** The beginning of a plain file as text, at most `most` bytes; undefined of anything else. */
export function readPlainFile(file: string, most: number): string | undefined {
  const libc = openLibrary();
  const fd = libc && plainFile(file) ? open(libc, file, O_RDONLY) : -1;
  if (!libc || fd < 0) return undefined;
  const buffer = new Uint8Array(most);
  const count = Number(libc.read(fd, buffer, BigInt(most)));
  libc.close(fd);
  return count < 0 ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

/** A pipe or a link that somebody puts there meanwhile neither holds this up nor leads it anywhere. */
function open(libc: Library, file: string, access: number): number {
  const flags = access | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  return libc.open(new TextEncoder().encode(`${file}\0`), flags);
}

/** A second name of a file would make the lock of another program ours. */
function plainFile(file: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.lstatSync(file);
    return info.isFile && (info.nlink ?? 1) === 1 ? info : undefined;
  } catch {
    return undefined;
  }
}

function isSame(one: Deno.FileInfo, other: Deno.FileInfo | undefined): boolean {
  return other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

const SYMBOLS = {
  // Called without a mode, for which the C library's `open` takes further arguments.
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Not on Windows, where locks are of another kind. */
const openLibrary = cLibrary(SYMBOLS, ["linux", "darwin"]);

const [LOCK_SH, LOCK_EX, LOCK_NB] = [1, 2, 4];
const [O_RDONLY, O_RDWR] = [0, 2];
const isDarwin = Deno.build.os === "darwin";
// Sources: asm/fcntl.h of x86 and of ARM, sys/fcntl.h of macOS.
const O_NONBLOCK = isDarwin ? 0x4 : 0x800;
const O_CLOEXEC = isDarwin ? 0x1000000 : 0x80000;
const O_NOFOLLOW = isDarwin ? 0x100 : Deno.build.arch === "aarch64" ? 0x8000 : 0x20000;
