import { cLibrary } from "../base/c_library.ts";

/** The calls of the C library that this room makes on Linux alone. */
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getppid: { parameters: [], result: "i32" },
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
} as const;

export type LinuxLibrary = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** The C library of Linux; undefined on other systems, and where it may not be called. */
export const linuxLibrary = cLibrary(SYMBOLS);
