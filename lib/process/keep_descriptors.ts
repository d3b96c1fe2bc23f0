/**
 * Keeps what the caller of this process left open (descriptors above the standard ones) from the programs that are started
 * from here on. A script that reads such a pipe to its end would else wait for a program that is meant to outlive it. Linux
 * 5.11 and newer; elsewhere nothing happens. Source: close_range(2).
 */
export function keepDescriptors(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const libc = Deno.dlopen("libc.so.6", {
      syscall: { parameters: ["i64", "u32", "u32", "u32"], result: "i64" },
    });
    libc.symbols.syscall(SYS_CLOSE_RANGE, 3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
    libc.close();
  } catch {
    // Another C library: the descriptors are handed on as ever.
  }
}

/** The same number on every architecture. */
const SYS_CLOSE_RANGE = 436n;
const CLOSE_RANGE_CLOEXEC = 4;
