import { collectUpTo } from "../base/bytes.ts";
import { cLibrary } from "../base/c_library.ts";

const openLibrary = cLibrary(
  {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  },
  ["linux", "darwin"],
);

/**
 * What comes from a descriptor, by its path under /dev or /proc: of more than `most` bytes a little more than that. Deno opens such a
 * path for a program alone that may do everything.
 *
 * @throws Error if it cannot be read
 */
export function readDescriptor(file: string, most: number): Uint8Array {
  const libc = openLibrary();
  if (!libc) throw new Error("descriptors cannot be read on this system. Hand it over on standard input: -");
  const descriptor = libc.open(new TextEncoder().encode(`${file}\0`), O_RDONLY);
  if (descriptor < 0) throw new Error("no such descriptor is open. Hand it over on standard input: -");
  try {
    return collectUpTo(most, (piece) => {
      const count = Number(libc.read(descriptor, piece, BigInt(piece.length)));
      if (count < 0) throw new Error("what it was opened on cannot be read");
      return count;
    });
  } finally {
    libc.close(descriptor);
  }
}

const O_RDONLY = 0;
