import { cLibrary } from "../../base/c_library.ts";
import { encodePath, showPath, type TreePath } from "../../base/tree_path.ts";
import { terminated } from "../../evidence/libc.ts";

/** The calls of the C library with which a tree is copied. */
const SYMBOLS = {
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  lseek: { parameters: ["i32", "i32", "i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i32"], result: "i32" },
  copy_file_range: { parameters: ["i32", "usize", "i32", "usize", "u32", "u32"], result: "i32" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  symlinkat: { parameters: ["buffer", "i32", "buffer"], result: "i32" },
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  utimensat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  futimens: { parameters: ["i32", "buffer"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

export type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Undefined where the library cannot be called. */
export const openLibrary = cLibrary(SYMBOLS);

/** Where no descriptor of a folder is given. */
export const AT_FDCWD = -100;
export const [ENOENT, EEXIST] = [2, 17];

/** A path, or a part of one, as the C library takes it. */
export function named(path: TreePath): Uint8Array<ArrayBuffer> {
  return terminated(encodePath(path));
}

/** The C library's own: nothing but our calls runs between one that failed and this. */
export function errnoOf(libc: Library): number {
  const place = libc.__errno_location();
  return place === null ? 0 : new Deno.UnsafePointerView(place).getInt32();
}

export function failure(errno: number, what: "read" | "write", path: TreePath): Error {
  const why = ERRORS[errno] ?? `error ${errno}`;
  const error = new Error(`"${showPath(path)}" cannot be ${what === "read" ? "read" : "written"}: ${why}`);
  return Object.assign(error, { code: STORAGE[errno] });
}

/** The names by which a full or broken disk is known. */
const STORAGE: Readonly<Record<number, string>> = {
  5: "EIO",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  122: "EDQUOT",
};

/** Source: errno-base.h, errno.h. */
const ERRORS: Readonly<Record<number, string>> = {
  1: "not permitted",
  2: "it is gone",
  13: "permission denied",
  20: "a part of the path is no folder",
  24: "too many open files",
  27: "too large for the file system",
  28: "no space left on the disk",
  30: "the file system is read-only",
  36: "the name is too long for the file system",
  40: "a link stands there",
  122: "the disk quota is used up",
};
