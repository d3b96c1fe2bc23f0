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

let opened: { readonly library: LinuxLibrary | undefined } | undefined;

/** The C library of Linux; undefined on other systems, and where it may not be called. */
export function linuxLibrary(): LinuxLibrary | undefined {
  opened ??= { library: tryOpen() };
  return opened.library;
}

function tryOpen(): LinuxLibrary | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return undefined;
  }
}
