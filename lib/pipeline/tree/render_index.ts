import { createHash } from "node:crypto";
import { encodePath, type TreePath } from "../../base/tree_path.ts";
import type { IndexStat } from "./copier.ts";

/** One entry of an index as it is written. */
export interface IndexRecord {
  readonly path: TreePath;
  /** 0, or 1 to 3 of a path in conflict. */
  readonly stage: number;
  /** `100644` and the like, as git prints it. */
  readonly mode: string;
  /** In hexadecimal: 40 letters of SHA-1, or 64 of SHA-256. */
  readonly object: string;
  readonly assumeUnchanged: boolean;
  readonly skipWorktree: boolean;
  readonly intentToAdd: boolean;
  /** Of a file whose content is known to be the object's. Without it git reads the file to know. */
  readonly stat: IndexStat | undefined;
}

/**
 * The bytes of an index, version 2, or 3 where an entry needs it, without extensions. The records come in the order of git:
 * by the bytes of their names, then by stage. Pure. Source: gitformat-index(5).
 */
export function renderIndex(
  records: readonly IndexRecord[],
  { hash }: { readonly hash: "sha1" | "sha256" },
): Uint8Array<ArrayBuffer> {
  const names = records.map(({ path }) => encodePath(path));
  const size = records.reduce((sum, record, i) => sum + sizeOf(record, names[i]?.length ?? 0), HEADER);
  const trailer = hash === "sha256" ? 32 : 20;
  const bytes = new Uint8Array(size + trailer);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("DIRC"));
  view.setUint32(4, records.some(isExtended) ? 3 : 2);
  view.setUint32(8, records.length);
  let at = HEADER;
  for (const [i, record] of records.entries()) {
    const name = names[i] ?? new Uint8Array(0);
    writeRecord(record, name, { view, bytes, at });
    at += sizeOf(record, name.length);
  }
  bytes.set(createHash(hash).update(bytes.subarray(0, size)).digest(), size);
  return bytes;
}

const HEADER = 12;
/** Ten numbers of stat, before the object's id. */
const STAT = 40;

function isExtended({ skipWorktree, intentToAdd }: IndexRecord): boolean {
  return skipWorktree || intentToAdd;
}

/** At least one NUL behind the name, and as many as make the whole a multiple of eight. */
function sizeOf(record: IndexRecord, nameLength: number): number {
  const head = STAT + record.object.length / 2 + (isExtended(record) ? 4 : 2);
  return Math.floor((head + nameLength + 8) / 8) * 8;
}

function writeRecord(
  record: IndexRecord,
  name: Uint8Array,
  { view, bytes, at }: { readonly view: DataView; readonly bytes: Uint8Array; readonly at: number },
): void {
  const { stat } = record;
  const numbers = [
    ...(stat ? [...stat.ctime, ...stat.mtime, stat.device, stat.inode] : [0, 0, 0, 0, 0, 0]),
    parseInt(record.mode, 8),
    ...(stat ? [stat.uid, stat.gid, stat.size] : [0, 0, 0]),
  ];
  for (const [i, number] of numbers.entries()) view.setUint32(at + i * 4, number);
  bytes.set(Uint8Array.fromHex(record.object), at + STAT);
  let next = at + STAT + record.object.length / 2;
  const extended = isExtended(record);
  const flags = (record.assumeUnchanged ? 0x8000 : 0) | (extended ? 0x4000 : 0) | record.stage << 12 |
    Math.min(name.length, 0xfff);
  view.setUint16(next, flags);
  next += 2;
  if (extended) {
    view.setUint16(next, (record.skipWorktree ? 0x4000 : 0) | (record.intentToAdd ? 0x2000 : 0));
    next += 2;
  }
  bytes.set(name, next);
}
