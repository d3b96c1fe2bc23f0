import { COUNT, HEAD, type RecordedEntry, RecordedIndex, recordLength } from "./recorded_index.ts";

/** Where signature and version stand; and of an entry: its mode and its object. */
const [VERSION, MODE, OBJECT] = [4, 24, 40];
const SIGNATURE = 0x44495243;
/** In the upper byte of an entry's flags. */
const [ASSUME_VALID, EXTENDED, STAGE] = [0x80, 0x40, 0x30];
/** In that of its further flags. */
const SKIP_WORKTREE = 0x40;
const LONGEST_LENGTH = 0xfff;

/**
 * Reads the index off its file, as `git ls-files --stage -v` would tell it, in a fraction of the time. Undefined where it is
 * not of the plain form, and git has to be asked: compressed paths (version 4), an index in two parts, one that leaves folders
 * out, an extension that whoever reads it must know, a file that is not whole. Source: gitformat-index(5).
 *
 * @param idLength bytes of an object's id: 20 of SHA-1, 32 of SHA-256
 */
export function parseIndexFile(bytes: Uint8Array, idLength: 20 | 32): RecordedIndex | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const limit = bytes.length - idLength;
  if (limit < HEAD || view.getUint32(0) !== SIGNATURE) return undefined;
  const [version, count] = [view.getUint32(VERSION), view.getUint32(COUNT)];
  if ((version !== 2 && version !== 3) || count > limit / OBJECT) return undefined;
  const [heads, starts, ends] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const unusual: number[] = [];
  // Nothing is taken apart in here: most of the entries are read before the loop is compiled.
  let at = HEAD;
  for (let record = 0; record < count; record++) {
    const flags = at + OBJECT + idLength;
    const upper = bytes[flags] ?? 0;
    const start = flags + ((upper & EXTENDED) === 0 ? 2 : 4);
    const length = (upper & 0xf) << 8 | (bytes[flags + 1] ?? 0);
    const end = length < LONGEST_LENGTH ? start + length : bytes.indexOf(0, start + length);
    if (end < start || end >= limit || bytes[end] !== 0) return undefined;
    heads[record] = at;
    starts[record] = start;
    ends[record] = end;
    // Of all modes, that of submodules alone has these bits.
    const isSubmodule = (bytes[at + MODE + 2] ?? 0) >> 4 === 0xe;
    if ((upper & 0xf0) !== 0 || isSubmodule) unusual.push(record);
    at += recordLength(at, end);
  }
  if (!areOptional(view, at, limit)) return undefined;
  return new RecordedIndex({
    count,
    bytes,
    starts,
    ends,
    unusual,
    file: { heads, idLength },
    entryAt: (record) => entryAt(view, heads[record] ?? 0, idLength),
  });
}

/** Whether nobody need understand the extensions behind the entries: their names begin with a capital letter. */
function areOptional(view: DataView, from: number, limit: number): boolean {
  let at = from;
  while (at + 8 <= limit) {
    const letter = view.getUint8(at);
    if (letter < 0x41 || letter > 0x5a) return false;
    at += 8 + view.getUint32(at + 4);
  }
  return at === limit;
}

function entryAt(view: DataView, head: number, idLength: number): RecordedEntry {
  const flags = head + OBJECT + idLength;
  const upper = view.getUint8(flags);
  const stage = (upper & STAGE) >> 4;
  const isSkipped = (upper & EXTENDED) !== 0 && (view.getUint8(flags + 2) & SKIP_WORKTREE) !== 0;
  const tag = stage > 0 ? "M" : isSkipped ? "S" : "H";
  const object = Array.from({ length: idLength }, (_, i) => hex(view.getUint8(head + OBJECT + i))).join("");
  return {
    tag: (upper & ASSUME_VALID) === 0 ? tag : tag.toLowerCase(),
    mode: view.getUint32(head + MODE).toString(8).padStart(6, "0"),
    object,
    stage,
  };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
