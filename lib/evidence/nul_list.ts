import { decodePath, type TreePath } from "../base/tree_path.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The records of a listing that git ends with NUL each (`-z`), as paths are written. */
export function listOf(output: Uint8Array): TreePath[] {
  try {
    // Decoding all of it at once is many times faster.
    const records = strict.decode(output).split("\0");
    if (records.at(-1) === "") records.pop();
    return records;
  } catch {
    return recordByRecord(output);
  }
}

/** Some byte is no UTF-8: only the records that hold such a one are decoded the slow way. */
function recordByRecord(output: Uint8Array): TreePath[] {
  const records: TreePath[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    records.push(decodePath(output.subarray(start, end < 0 ? output.length : end)));
    start = end < 0 ? output.length : end + 1;
  }
  return records;
}
