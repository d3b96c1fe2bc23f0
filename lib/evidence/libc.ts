import { concatBytes } from "../base/bytes.ts";
import { cLibrary } from "../base/c_library.ts";

/**
 * Functions of the C library. Sizes are declared as 32 bits: they are small, and 64 would come as slow big integers. Where one
 * is called for every entry of a tree, a place in memory comes as a pointer that was made once: a view on a buffer, or an
 * address, would cost a third of the call.
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

export type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** The C library of Linux; undefined where it cannot be called. */
export const openLibrary = cLibrary(SYMBOLS);

/** Flags of open(2). Two are the other way round on ARM. Source: asm/fcntl.h of both. */
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x80000;
export const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64"
  ? [0x4000, 0x8000]
  : [0x10000, 0x20000];

/** Bytes that stay where they are as long as they are held, with a pointer to them. */
export class Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pointer: Deno.PointerValue;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.pointer = Deno.UnsafePointer.of(this.bytes);
  }
}

/** A name or a path as the C library takes it: with a zero byte at its end. */
export function terminated(path: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(concatBytes([path, new Uint8Array(1)]));
}
