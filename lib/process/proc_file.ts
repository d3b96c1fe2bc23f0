/**
 * The text of a file in /proc; undefined if there is none. Deno lets nobody read there who has not every permission, so the
 * C library is asked. Linux only. Source: proc(5).
 */
export function readProcFile(file: string): string | undefined {
  const libc = openLibrary();
  if (!libc) return undefined;
  const fd = libc.open(new TextEncoder().encode(`${file}\0`), O_CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(16 * 1024);
    let text = "";
    for (let count = read(libc, fd, buffer); count > 0; count = read(libc, fd, buffer)) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  } finally {
    libc.close(fd);
  }
}

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const O_CLOEXEC = 0x80000;

let opened: Library | undefined;

function openLibrary(): Library | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return opened ??= Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return undefined;
  }
}

function read(libc: Library, fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  return Number(libc.read(fd, buffer, BigInt(buffer.length)));
}
