/** Whether something was thrown because a disk is full, a quota used up, or a file system turned read-only or bad. */
export function isStorageError(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" &&
    CODES.has(thrown.code);
}

const CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO"]);
