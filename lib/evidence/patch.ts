import type { Aftermath } from "./aftermath.ts";
import type { Baseline } from "./baseline.ts";
import { codesOf, isCleanInIndex } from "./clean_in_index.ts";
import type { Change } from "./changes.ts";
import { sha256Of } from "../base/digest.ts";
import type { Entry, Walker } from "./entry.ts";
import { showChanged } from "./findings.ts";
import { DEADLINE_AFTER_A_RUN, Git } from "./git.ts";
import { MOST_OF_A_FILE } from "./saved_content.ts";
import { fileMode, isForGit, linkSide, patchBetween, readSide, type Side } from "./patch_between.ts";
import { blobId } from "./content.ts";
import { type Reversal, reversalOf } from "./reversal.ts";
import { concatBytes } from "../base/bytes.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/** What a run changed, for `git apply`, and what cannot be said that way. */
export interface Patch {
  readonly bytes: Uint8Array;
  /** What taking it back needs besides. */
  readonly reversal: Reversal;
  /** Changed paths that the patch leaves out, as they are shown. */
  readonly omits: readonly string[];
}

const EMPTY: Patch = {
  bytes: new Uint8Array(0),
  reversal: { patched: new Map(), folders: new Map() },
  omits: [],
};

/** All contents of a patch together, before and after; and of the blobs that are read for it. Bytes. */
const MOST_IN_ALL = 512 * 1024 * 1024;

/**
 * Makes the patch between the tree before and after a run: not against HEAD, and of every file that git does not ignore. It
 * is made in a scratch repository; the user's own is only read, and nothing in it is run.
 */
export async function makePatch(
  baseline: Baseline,
  aftermath: Aftermath,
  options: {
    readonly walker: Walker;
    readonly scratch: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<Patch> {
  const builder = new PatchBuilder(baseline, options);
  const wanted = aftermath.changes.filter((change) =>
    !aftermath.ignored.has(change.path) && !isPlainFolder(change)
  );
  if (wanted.length === 0) return EMPTY;
  // Where git could not say its status, it cannot be asked for blobs either.
  if (aftermath.status !== null) await builder.readBlobs(wanted);
  for (const change of wanted) builder.add(change);
  return await builder.finish();
}

/** A folder that came or went is in a patch by what lies in it. */
function isPlainFolder({ before, after }: Change): boolean {
  return (before ?? after)?.kind === "folder" && (before === undefined || after === undefined);
}

class PatchBuilder {
  readonly #baseline: Baseline;
  readonly #walker: Walker;
  readonly #scratch: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #before = new Map<TreePath, Side>();
  readonly #after = new Map<TreePath, Side>();
  readonly #changes = new Map<TreePath, Change>();
  readonly #omitted: Change[] = [];
  #total = 0;

  constructor(
    baseline: Baseline,
    options: {
      readonly walker: Walker;
      readonly scratch: string;
      readonly environment: Readonly<Record<string, string>>;
    },
  ) {
    this.#baseline = baseline;
    this.#walker = options.walker;
    this.#scratch = options.scratch;
    this.#environment = options.environment;
  }

  /** Reads what git holds of the files that were clean before, all in one go. */
  async readBlobs(changes: readonly Change[]): Promise<void> {
    const codes = codesOf(this.#baseline.status);
    let total = 0;
    const objects = new Set(changes.flatMap(({ path: file, before }) => {
      const entry = this.#baseline.index.get(file);
      const fits = before?.kind === "file" && before.size <= MOST_OF_A_FILE;
      if (!entry || !fits || !isCleanInIndex(file, this.#baseline.index, codes)) return [];
      total += before.size;
      return total > MOST_IN_ALL ? [] : [entry.object];
    }));
    if (objects.size === 0) return;
    const git = new Git(this.#baseline.root, this.#environment, {
      deadline: DEADLINE_AFTER_A_RUN,
      here: true,
    });
    // The repository may be broken or gone: what cannot be had is left out of the patch.
    const { stdout } = await git.run(["cat-file", "--batch"], {
      stdin: [...objects].map((id) => `${id}\n`).join(""),
    });
    for (const [id, bytes] of parseBatch(stdout)) {
      // An object may have been replaced under its name: what counts is what the name says.
      if (blobId(bytes, id) === id) this.#blobs.set(id, bytes);
    }
  }

  add(change: Change): void {
    const { path: file } = change;
    // A folder in the place of a file, or a file in its place, is in a patch by what lies in the folder.
    const isNone = (entry: Entry | undefined): boolean =>
      entry === undefined || (entry.kind === "folder" && change.change === "type");
    const before = !change.before || isNone(change.before) ? null : this.#sideBefore(file, change.before);
    const after = !change.after || isNone(change.after) ? null : this.#sideAfter(file, change.after);
    const size = (before?.bytes.length ?? 0) + (after?.bytes.length ?? 0);
    const invisible = before && after && before.mode === after.mode &&
      sha256Of(before.bytes) === sha256Of(after.bytes);
    if (
      before === undefined || after === undefined || invisible || this.#total + size > MOST_IN_ALL ||
      !isForGit(file)
    ) {
      this.#omitted.push(change);
      return;
    }
    this.#total += size;
    this.#changes.set(file, change);
    if (before) this.#before.set(file, before);
    if (after) this.#after.set(file, after);
  }

  async finish(): Promise<Patch> {
    this.#omitBlocked();
    const omits = this.#omitted.map(showChanged).sort();
    if (this.#changes.size === 0) return { ...EMPTY, omits };
    const options = { scratch: this.#scratch, environment: this.#environment };
    const bytes = await patchBetween(this.#before, this.#after, options);
    const changes = [...this.#changes.values()];
    const reversal = reversalOf(changes, { after: this.#after, before: this.#baseline.entries });
    return { bytes, reversal, omits };
  }

  /**
   * What can only stand where something omitted has gone, or stood where it came: git apply would stumble over it, forwards or
   * backwards, and refuse the whole patch.
   */
  #omitBlocked(): void {
    for (let known = -1; known < this.#omitted.length;) {
      known = this.#omitted.length;
      this.#omitFrom(this.#after, this.#omitted.filter(({ before }) => before && before.kind !== "folder"));
      this.#omitFrom(this.#before, this.#omitted.filter(({ after }) => after && after.kind !== "folder"));
    }
  }

  #omitFrom(sides: ReadonlyMap<TreePath, Side>, inTheWay: readonly Change[]): void {
    const files = new Set(inTheWay.map((change) => change.path));
    const folders = new Set(inTheWay.flatMap((change) => [...foldersAbove(change.path)]));
    for (const file of [...sides.keys()]) {
      if (!folders.has(file) && ![...foldersAbove(file)].some((each) => files.has(each))) continue;
      const change = this.#changes.get(file);
      this.#before.delete(file);
      this.#after.delete(file);
      this.#changes.delete(file);
      if (change) this.#omitted.push(change);
    }
  }

  /** Undefined if it cannot be told what stood there, or git has no form for it. */
  #sideBefore(file: TreePath, entry: Entry): Side | undefined {
    if (entry.kind !== "file") return linkSide(entry);
    const mode = fileMode(entry);
    const saved = this.#baseline.saved.get(file);
    if (saved) return { mode, bytes: saved };
    const blob = this.#blobs.get(this.#baseline.index.get(file)?.object ?? "");
    if (!blob) return undefined;
    if (blob.length === entry.size) return { mode, bytes: blob };
    const converted = withCr(blob);
    return converted.length === entry.size ? { mode, bytes: converted } : undefined;
  }

  #sideAfter(file: TreePath, entry: Entry): Side | undefined {
    return readSide(this.#walker, { root: this.#baseline.root, path: file, entry });
  }
}

/** The bytes with a CR before every LF that has none: a checkout with line ends of Windows. */
function withCr(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] !== 13) {
      parts.push(bytes.subarray(from, at), CR);
      from = at;
    }
  }
  return concatBytes([...parts, bytes.subarray(from)]);
}

const CR = new Uint8Array([13]);

/** The objects of `git cat-file --batch`: `<id> blob <size>`, a newline, the bytes, a newline. Source: git-cat-file(1). */
function* parseBatch(output: Uint8Array): Generator<[id: string, bytes: Uint8Array]> {
  const decoder = new TextDecoder();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at);
    if (end < 0) return;
    const [id = "", type = "", size = "0"] = decoder.decode(output.subarray(at, end)).split(" ");
    at = end + 1;
    if (type === "missing" || type === "") continue;
    const length = Number(size);
    if (type === "blob") yield [id, output.subarray(at, at + length)];
    at += length + 1;
  }
}
