import { messageOf } from "./errors.ts";

/** Whether something was thrown because a disk is full, a quota used up, or a file system turned read-only or bad. */
export function isStorageError(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" &&
    CODES.has(thrown.code);
}

/** What the system said, without the temporary name that it was said about. */
export function storageReason(thrown: unknown): string {
  const message = messageOf(thrown);
  return /^.*?\(os error \d+\)/.exec(message)?.[0] ?? message;
}

const CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO"]);
