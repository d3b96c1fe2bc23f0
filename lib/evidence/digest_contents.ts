import { createHash } from "node:crypto";
import { codesOf, isCleanInIndex } from "./clean_in_index.ts";
import { MOST_CONTENT } from "./content.ts";
import type { Entries, Entry, Walker } from "./entry.ts";
import { filesBelow, filesSince } from "./entry_lookups.ts";
import type { Index } from "./git_index.ts";
import { unusualIn } from "./recorded_index.ts";
import type { SavedContent } from "./saved_content.ts";
import type { Status } from "./status.ts";
import type { TreePath } from "../base/tree_path.ts";

interface DigestSources {
  readonly root: string;
  readonly entries: Entries;
  readonly index: Index;
  readonly status: Status;
  readonly converted: ReadonlySet<TreePath>;
  readonly racyFrom: number;
  readonly walker: Walker;
  readonly saved: SavedContent;
}

/** SHA-256 of the files whose content git does not hold in its index; what the patch needs of them is kept. */
export function digestContents(sources: DigestSources): Map<TreePath, string> {
  const { entries, index, status, converted, racyFrom } = sources;
  const codes = codesOf(status);
  const digests = new Map<TreePath, string>();
  const takeEntry = (file: TreePath, entry: Entry, keep: boolean): void => {
    if (!digests.has(file)) digest(file, entry, { sources, digests, keep });
  };
  const takeBelow = (folder: TreePath): void => {
    for (const [file, entry] of filesBelow(entries, folder)) takeEntry(file, entry, true);
  };
  const take = (file: TreePath, keep: boolean): void => {
    const entry = entries.get(file);
    if (entry?.kind === "file") takeEntry(file, entry, keep);
    // Of a folder in the place of a tracked file git need not list anything.
    if (entry?.kind === "folder") takeBelow(`${file}/`);
  };
  // What git does not know by its content: what is dirty or untracked, other repositories, flagged and converted files.
  for (const [file, code] of codes) {
    if (file.endsWith("/")) takeBelow(file);
    else if (code === "??" || !isCleanInIndex(file, index, codes)) take(file, true);
  }
  for (const [file, entry] of unusualIn(index)) {
    if (entry.mode === "160000") takeBelow(`${file}/`);
    else if (entry.tag !== "H") take(file, true);
  }
  for (const file of converted) take(file, true);
  for (const [file] of filesSince(entries, racyFrom)) {
    if (!isCleanInIndex(file, index, codes)) take(file, index.has(file));
  }
  let left = MOST_IGNORED_DIGESTS;
  for (const [file, entry] of ignoredFiles(status.ignored, entries)) {
    if (left === 0) break;
    if (index.has(file) || entry.size > MOST_OF_AN_IGNORED_FILE) continue;
    takeEntry(file, entry, false);
    left--;
  }
  return digests;
}

/**
 * Ignored files are known by their stat data, and by their content too as long as there are not too many: with the digest
 * a file that is only touched is known to be the same, without it it counts as changed.
 */
const MOST_IGNORED_DIGESTS = 500;
const MOST_OF_AN_IGNORED_FILE = 1024 * 1024;

/** One by one, for there may be very many; those that matter last come last. */
function* ignoredFiles(ignored: readonly TreePath[], entries: Entries): Generator<[TreePath, Entry]> {
  const isLast = (path: TreePath): boolean => MATTERS_LAST.test(path);
  for (const path of [...ignored.filter((each) => !isLast(each)), ...ignored.filter(isLast)]) {
    if (path.endsWith("/")) yield* filesBelow(entries, path);
    const entry = entries.get(path);
    if (entry?.kind === "file") yield [path, entry];
  }
}

/** Folders of installed packages, and our own records: large, and the last whose content matters. */
const MATTERS_LAST =
  /(^|\/)(?:node_modules|\.venv|venv|vendor|site-packages|target|\.gradle|\.m2|\.codex-dispatch)\//;

function digest(
  file: TreePath,
  entry: Entry,
  { sources, digests, keep }: { sources: DigestSources; digests: Map<TreePath, string>; keep: boolean },
): void {
  const { walker, root, saved } = sources;
  // It is known by its stat data.
  if (entry.size > MOST_CONTENT) return;
  const hash = createHash("sha256");
  const keeping = keep && saved.hasRoomFor(entry.size) ? saved.begin(file) : undefined;
  const whole = walker.read(root, file, (bytes) => {
    hash.update(bytes);
    keeping?.take(bytes);
  });
  if (!whole) return;
  keeping?.done();
  digests.set(file, hash.digest("hex"));
}
