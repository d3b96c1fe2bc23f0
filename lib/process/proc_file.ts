import { type LinuxLibrary, linuxLibrary } from "./libc.ts";

/**
 * The text of a file in /proc; undefined if there is none. Deno lets nobody read there who has not every permission, so the
 * C library is asked. Linux only. Source: proc(5).
 */
export function readProcFile(file: string): string | undefined {
  return withOpen(file, O_CLOEXEC, (libc, fd) => {
    const decoder = new TextDecoder();
    let text = "";
    for (let count = libc.read(fd, buffer, buffer.length); count > 0;) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      count = libc.read(fd, buffer, buffer.length);
    }
    return text;
  });
}

/** The names in a folder of /proc that are numbers: processes, or the threads of one. None where it cannot be listed. */
export function numbersInProc(folder: string): number[] {
  const numbers = withOpen(folder, O_CLOEXEC | O_DIRECTORY, (libc, fd) => {
    const found: number[] = [];
    for (let count = libc.getdents64(fd, buffer, buffer.length); count > 0;) {
      for (let at = 0; at < count; at += view.getUint16(at + D_RECLEN, true)) {
        const number = numberAt(at + D_NAME);
        if (number !== undefined) found.push(number);
      }
      count = libc.getdents64(fd, buffer, buffer.length);
    }
    return found;
  });
  return numbers ?? [];
}

const O_CLOEXEC = 0x80000;
/** Another number on ARM. Source: asm/fcntl.h of both. */
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0x4000 : 0x10000;
/** Fields of a record of getdents64: its length, its name. Source: getdents(2). */
const [D_RECLEN, D_NAME] = [16, 19];

const buffer = new Uint8Array(32 * 1024);
const view = new DataView(buffer.buffer);

function withOpen<T>(
  path: string,
  flags: number,
  take: (libc: LinuxLibrary, fd: number) => T,
): T | undefined {
  const libc = linuxLibrary();
  if (!libc) return undefined;
  const fd = libc.open(new TextEncoder().encode(`${path}\0`), flags, 0);
  if (fd < 0) return undefined;
  try {
    return take(libc, fd);
  } finally {
    libc.close(fd);
  }
}

/** The decimal number that ends with a zero byte; undefined if there is none. */
function numberAt(start: number): number | undefined {
  let number = 0;
  for (let at = start; buffer[at] !== 0; at++) {
    const digit = (buffer[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
