import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import type { Entry, Walker } from "./entry.ts";
import { kindOf } from "./entry_kind.ts";
import type { TreePath } from "../base/tree_path.ts";

/**
 * The largest file whose content is looked at, unless one of that size was there before. Bytes. A worker can make one that is
 * read for days out of nothing: it has no blocks on the disk.
 */
export const MOST_CONTENT = 2 * 1024 * 1024 * 1024;
/** The same of an index: that of five million files. Bytes. */
export const MOST_OF_AN_INDEX = 512 * 1024 * 1024;

/** SHA-256 of a regular file in hexadecimal; undefined if it cannot be read, is too large or is none. */
export function hashFile(walker: Walker, root: string, path: TreePath): string | undefined {
  return digestUpTo(MOST_CONTENT, { walker, root, path });
}

function digestUpTo(
  most: number,
  { walker, root, path }: { readonly walker: Walker; readonly root: string; readonly path: TreePath },
): string | undefined {
  const hash = createHash("sha256");
  let left = most;
  const whole = walker.read(root, path, (bytes) => {
    hash.update(bytes);
    return (left -= bytes.length) >= 0;
  });
  return whole ? hash.digest("hex") : undefined;
}

/** What tells a file or a link from another in its place; null if nothing stands there, or neither. */
export function fingerprint(walker: Walker, root: string, path: TreePath): string | null {
  try {
    const info = Deno.lstatSync(`${root}/${path}`);
    if (info.isSymlink) return `link to ${Deno.readLinkSync(`${root}/${path}`)}`;
    return hashFile(walker, root, path) ?? null;
  } catch {
    return null;
  }
}

/**
 * What tells a file that means something to git from another: its content; its stat data where it is no file, or larger than
 * can be read in passing, as a file without end to its zeros is. A ctime cannot be set: whoever changes it shows in them.
 */
export function identify(
  walker: Walker,
  { root, path, entry }: { readonly root: string; readonly path: TreePath; readonly entry: Identifiable },
): string {
  const { kind, size, inode, mtime, ctime } = entry;
  if (kind !== "file") return kind;
  if (mayBeEndless(entry)) return `${size} bytes, inode ${inode}, times ${mtime} ${ctime}`;
  return digestUpTo(MOST_IN_PASSING, { walker, root, path }) ?? "unreadable";
}

type Identifiable = Pick<Entry, "kind" | "size" | "inode" | "mtime" | "ctime">;

/** The same of whatever stands at an absolute path, which is no link. */
export function identifyAt(walker: Walker, file: string): string {
  try {
    const info = Deno.lstatSync(file);
    const entry: Identifiable = {
      kind: kindOf(info),
      size: info.size,
      inode: info.ino ?? 0,
      mtime: info.mtime?.getTime() ?? 0,
      ctime: info.ctime?.getTime() ?? 0,
    };
    return identify(walker, { root: dirname(file), path: basename(file), entry });
  } catch {
    return "absent";
  }
}

/** Whether whoever reads it might not come to an end: of a pipe, a device, what is very large. Pure. */
export function mayBeEndless({ kind, size }: Pick<Entry, "kind" | "size">): boolean {
  return kind === "pipe" || kind === "device" || size > MOST_IN_PASSING;
}

/** The same of what was identified. Pure. */
export function isOfEndless(identity: string): boolean {
  return /^(?:pipe|device|\d+ bytes,)/.test(identity);
}

/** The text of a file; undefined if it cannot be read or is larger than any of git's own that is read for its text. */
export function readText(walker: Walker, root: string, path: TreePath): string | undefined {
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  const whole = walker.read(root, path, (bytes) => {
    read += bytes.length;
    if (read > MOST_IN_PASSING) return false;
    text += decoder.decode(bytes, { stream: true });
    return true;
  });
  return whole ? text + decoder.decode() : undefined;
}

/** Bytes of one file. */
const MOST_IN_PASSING = 64 * 1024 * 1024;

/** Whether a file's bytes are those of a git blob, and whether they are once each CRLF is taken for LF. */
export interface BlobMatch {
  readonly same: boolean;
  /** The bytes with every LF behind a CR, without those CRs, are the blob. */
  readonly sameButForCr: boolean;
}

/**
 * Holds a file of `size` bytes against a blob's id, by SHA-1 or SHA-256 as the id is long. Undefined if the file cannot be
 * read. Source of the form of a blob: gitformat-loose, "blob <size>\0<content>".
 */
export function matchBlob(
  walker: Walker,
  { root, path, size, object }: {
    readonly root: string;
    readonly path: TreePath;
    readonly size: number;
    readonly object: string;
  },
): BlobMatch | undefined {
  const algorithm = object.length === 64 ? "sha256" : "sha1";
  const raw = createHash(algorithm).update(`blob ${size}\0`);
  let [read, lines, crLines, lastCr] = [0, 0, 0, false];
  const whole = walker.read(root, path, (bytes) => {
    raw.update(bytes);
    read += bytes.length;
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      lines++;
      if (at === 0 ? lastCr : bytes[at - 1] === CR) crLines++;
    }
    lastCr = bytes.at(-1) === CR;
  });
  if (!whole) return undefined;
  if (read === size && raw.digest("hex") === object) return { same: true, sameButForCr: false };
  const converted = lines > 0 && crLines === lines;
  return {
    same: false,
    sameButForCr: converted && matchWithoutCr(walker, { root, path, size: read - lines, object, algorithm }),
  };
}

const LF = 10;
const CR = 13;

function matchWithoutCr(
  walker: Walker,
  given: { root: string; path: TreePath; size: number; object: string; algorithm: string },
): boolean {
  const hash = createHash(given.algorithm).update(`blob ${given.size}\0`);
  let pendingCr = false;
  const whole = walker.read(given.root, given.path, (bytes) => {
    let from = 0;
    if (pendingCr && bytes[0] !== LF) hash.update("\r");
    pendingCr = false;
    for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
      if (at + 1 === bytes.length) {
        hash.update(bytes.subarray(from, at));
        from = bytes.length;
        pendingCr = true;
      } else if (bytes[at + 1] === LF) {
        hash.update(bytes.subarray(from, at));
        from = at + 1;
      }
    }
    hash.update(bytes.subarray(from));
  });
  if (pendingCr) hash.update("\r");
  return whole && hash.digest("hex") === given.object;
}

/** The id that git gives a blob of these bytes, in the hash of `like`: SHA-1, or SHA-256 if that is as long. */
export function blobId(bytes: Uint8Array, like: string): string {
  return createHash(like.length === 64 ? "sha256" : "sha1").update(`blob ${bytes.length}\0`).update(bytes)
    .digest("hex");
}
