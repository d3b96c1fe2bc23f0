import { createHash, type Hash } from "node:crypto";

/** A running SHA-256. */
export function sha256(): Hash {
  return createHash("sha256");
}

/** SHA-256 of bytes or text, in hexadecimal. */
export function sha256Of(data: Uint8Array | string): string {
  return sha256().update(data).digest("hex");
}

/** SHA-256 of a file, in hexadecimal, read in pieces: a file of any size costs the same memory. */
export async function sha256OfFile(path: string): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const hash = sha256();
  const { size } = await file.stat();
  // A dozen small files are read at the end of every run: each with a large buffer would be most of its memory.
  const buffer = new Uint8Array(Math.min(Math.max(size, 512), 256 * 1024));
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}

/** Whether a file holds these bytes and no others. One of another size is not read: it may be without end. */
export async function isFileOf(data: Uint8Array | string, path: string): Promise<boolean> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  if ((await Deno.lstat(path)).size !== bytes.length) return false;
  return sha256Of(bytes) === await sha256OfFile(path);
}
