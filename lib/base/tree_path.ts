/**
 * A file's path as a string that loses nothing: UTF-8 where it is UTF-8, and for each byte that is not, one lone
 * surrogate U+DC80..U+DCFF (the byte plus U+DC00). Two paths are equal exactly when their bytes are: names are
 * compared unnormalised. Parts are separated by `/`; a path inside a repository is relative to its root.
 */
export type TreePath = string;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The bytes of a file name as a {@link TreePath}. */
export function decodePath(bytes: Uint8Array): TreePath {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeBytewise(bytes);
  }
}

/** The bytes of a {@link TreePath}. */
export function encodePath(path: TreePath): Uint8Array {
  if (!hasOddBytes(path)) return encoder.encode(path);
  const bytes: number[] = [];
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(character));
  }
  return new Uint8Array(bytes);
}

/** Whether the path holds bytes that are not UTF-8: such a name can be listed but not opened by its string. */
export function hasOddBytes(path: TreePath): boolean {
  return !path.isWellFormed();
}

/** A path for people and JSON: as it is, or as git quotes it, in double quotes, if it is not valid UTF-8. */
export function showPath(path: TreePath): string {
  if (!hasOddBytes(path)) return path;
  let quoted = "";
  for (const byte of encodePath(path)) {
    if (byte === 0x22 || byte === 0x5c) quoted += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) quoted += String.fromCharCode(byte);
    else quoted += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `"${quoted}"`;
}

/** Every folder above a path inside the tree, nearest first: `a/b/c` gives `a/b`, `a`. */
export function* foldersAbove(path: TreePath): Generator<TreePath> {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    yield path.slice(0, end);
  }
}

/** Byte by byte where needed: the longest valid sequences stay text, every other byte becomes its surrogate. */
function decodeBytewise(bytes: Uint8Array): TreePath {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i] ?? 0;
    const length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
    try {
      if (length === 0 || i + length > bytes.length) throw new TypeError();
      text += strict.decode(bytes.subarray(i, i + length));
      i += length;
    } catch {
      text += String.fromCharCode(0xdc00 + byte);
      i++;
    }
  }
  return text;
}
