import * as path from "node:path";
import { createHash } from "node:crypto";
import { readText } from "./content.ts";
import { withDirtySubmodules } from "./dirty_submodules.ts";
import type { Entries, Entry, Walker } from "./entry.ts";
import { Git } from "./git.ts";
import type { GitConfig } from "./git_config.ts";
import { findGitFolder, type GitFolder } from "./git_folder.ts";
import type { Index } from "./git_index.ts";
import { type IgnoreRules, readIgnoreRules } from "./ignore_rules.ts";
import { filesBelow, filesSince, gitFilesIn, isRepository } from "./entry_lookups.ts";
import { parseIndexFile } from "./index_file.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import { pathsEndingIn, unusualIn } from "./recorded_index.ts";
import { listObjects } from "./object_store.ts";
import { copyInnerIndexes, type InnerIndex } from "./inner_indexes.ts";
import {
  globalGitFolder,
  readGlobalConfig,
  readRepositoryState,
  type RepositoryState,
} from "./repository_state.ts";
import { SavedContent } from "./saved_content.ts";
import { listOf } from "./nul_list.ts";
import { readDiffStat, readStatusBeside, type Status } from "./status.ts";
import { lookingAtOnly } from "./dirty_index.ts";
import { concatBytes } from "../base/bytes.ts";
import { encodePath, type TreePath } from "../base/tree_path.ts";
import { refusal } from "../base/errors.ts";

/** Everything that is known of a work tree before a run. The worker can bend none of it: it is in memory. */
export interface Baseline {
  readonly root: string;
  readonly entries: Entries;
  /** SHA-256 of files whose content git does not hold in its index. */
  readonly digests: ReadonlyMap<TreePath, string>;
  readonly saved: SavedContent;
  readonly index: Index;
  readonly status: Status;
  readonly diffStat: Uint8Array;
  readonly config: GitConfig;
  readonly folder: GitFolder;
  readonly state: RepositoryState;
  /** How the object store is listed. */
  readonly objects: string;
  /** The states of repositories within the tree, by their folder. */
  readonly nested: ReadonlyMap<TreePath, RepositoryState>;
  /** Their indexes, and those of submodules. */
  readonly innerIndexes: readonly InnerIndex[];
  readonly globals: ReadonlyMap<string, string>;
  readonly ignoreRules: IgnoreRules;
  /** A file changed at or after this moment (its ctime, in microseconds) may change again without a trace in its stat data. */
  readonly racyFrom: number;
}

export interface BaselineOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  /** A folder outside of the repository, for contents that are kept. */
  readonly scratch: string;
}

/** Reads a work tree before a run. Runs nothing that stands in it, and changes nothing in it. */
export async function takeBaseline(root: string, options: BaselineOptions): Promise<Baseline> {
  const { environment, walker, scratch } = options;
  const folder = await findGitFolder(root);
  if (!folder) throw refusal("git-folder", `The repository of "${root}" cannot be found behind its .git.`);
  const git = new Git(root, environment);
  const config = await git.config();
  // git works beside the walk: it has a processor of its own.
  const reading = readStatusBeside(git);
  // Awaited below; a failure before that must not count as unhandled.
  reading.catch(() => {});
  const racyFrom = Date.now() * 1000 - walker.granularity;
  const entries = await walker.walk(root, isRepository);
  const index = await readIndex(git, { folder, config, walker });
  const state = await readRepositoryState(folder, walker);
  const nested = await readNestedStates(root, entries, walker);
  const innerIndexes = await copyInnerIndexes({ root, entries, folder, walker, scratch });
  const globals = await readGlobalConfig({ config, root, folder, environment, walker });
  const ignoreRules = await readIgnoreRules({ root, entries, config, folder, environment, walker });
  const told = await reading;
  const status = await withDirtySubmodules(told, { root, index, environment });
  const dirty = told.entries.filter(({ code }) => code !== "??" && code[1] !== " ").map((each) => each.path);
  const diffing = dirty.length === 0
    ? new Uint8Array(0)
    : readDiffStat(git, lookingAtOnly(dirty, { index, scratch }));
  const saved = new SavedContent(path.join(scratch, "before.bin"));
  const converted = await convertedPaths({ git, root, entries, index, folder, environment, walker });
  const digests = digestContents({ root, entries, index, status, converted, racyFrom, walker, saved });
  const diffStat = await diffing;
  return {
    root,
    entries,
    digests,
    saved,
    index,
    status,
    diffStat,
    config,
    folder,
    state,
    objects: listObjects(folder),
    nested,
    innerIndexes,
    globals,
    ignoreRules,
    racyFrom,
  };
}

/** The states of the repositories within the tree that have a `.git` folder of their own. */
export async function readNestedStates(
  root: string,
  entries: Entries,
  walker: Walker,
): Promise<Map<TreePath, RepositoryState>> {
  const states = new Map<TreePath, RepositoryState>();
  for (const [file, entry] of gitFilesIn(entries)) {
    if (!file.endsWith("/.git") || entry.kind !== "folder") continue;
    const folder = path.join(root, file);
    const state = await readRepositoryState({ own: folder, shared: folder, identity: "" }, walker)
      .catch(() => undefined);
    // One that is gone, or cannot be read, is told by its entry in the tree.
    if (state) states.set(file.slice(0, -"/.git".length), state);
  }
  return states;
}

/** The index of a work tree. git lists it where its file has not the plain form. */
async function readIndex(
  git: Git,
  { folder, config, walker }: {
    readonly folder: GitFolder;
    readonly config: GitConfig;
    readonly walker: Walker;
  },
): Promise<Index> {
  const parts: Uint8Array[] = [];
  const isWhole = walker.read(folder.own, "index", (bytes) => void parts.push(bytes.slice()));
  const idLength = config.values.get("extensions.objectformat") === "sha256" ? 32 : 20;
  return isWhole && parseIndexFile(concatBytes(parts), idLength) || parseIndex(await git.read(INDEX_ARGS));
}

/** Whether the index alone tells a file's content: git compared the two, or holds that stat data prove them the same. */
export function isCleanInIndex(file: TreePath, index: Index, status: ReadonlyMap<TreePath, string>): boolean {
  const entry = index.get(file);
  if (!entry || entry.tag !== "H" || !entry.mode.startsWith("100")) return false;
  const code = status.get(file);
  return code === undefined || code[1] === " ";
}

/** The letters of git status by path. */
export function codesOf(status: Status): ReadonlyMap<TreePath, string> {
  return new Map(status.entries.map((entry) => [entry.path, entry.code]));
}

interface ConversionSources {
  readonly git: Git;
  readonly root: string;
  readonly entries: Entries;
  readonly index: Index;
  readonly folder: GitFolder;
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
}

/**
 * Tracked files whose content in the tree differs from the blob by more than line ends: by a filter, `$Id$`, or an encoding.
 * Of these the index does not tell the content.
 */
async function convertedPaths(
  { git, root, entries, index, folder, environment, walker }: ConversionSources,
): Promise<Set<TreePath>> {
  const attributes = ["filter", "ident", "working-tree-encoding"];
  const speaksOfThem = (text: string | undefined): boolean =>
    attributes.some((name) => text?.includes(name) ?? false);
  const config = await git.config();
  const isAttributes = (file: TreePath): boolean => /(^|\/)\.gitattributes$/.test(file);
  const sources = gitFilesIn(entries).filter(([file, { kind }]) => kind === "file" && isAttributes(file))
    .map(([file]) => readText(walker, root, file));
  sources.push(readText(walker, folder.shared, "info/attributes"));
  sources.push(readText(walker, globalGitFolder(environment), "attributes"));
  sources.push(readText(walker, "/etc", "gitattributes"));
  // Of these git alone knows the text: of the first where it lies, of the others as the index holds them.
  const elsewhere = config.values.has("core.attributesfile") ||
    pathsEndingIn(index, ".gitattributes").some((file) => isAttributes(file) && !entries.has(file));
  if (!elsewhere && !sources.some(speaksOfThem)) return new Set();
  const input = concatBytes(
    [...index.keys()].filter((key) => !key.includes("\0")).flatMap((
      key,
    ) => [encodePath(key), new Uint8Array(1)]),
  );
  const output = await git.read(["check-attr", "-z", "--stdin", ...attributes], { stdin: input });
  const converted = new Set<TreePath>();
  // Three records for each path and attribute: the path, the attribute, its value.
  const fields = listOf(output);
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [file = "", , value] = fields.slice(i, i + 3);
    if (value !== "unspecified" && value !== "unset") converted.add(file);
  }
  return converted;
}

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

/**
 * Ignored files are known by their stat data, and by their content too as long as there are not too many: with the digest
 * a file that is only touched is known to be the same, without it it counts as changed.
 */
const MOST_IGNORED_DIGESTS = 500;
const MOST_OF_AN_IGNORED_FILE = 1024 * 1024;

function digestContents(sources: DigestSources): Map<TreePath, string> {
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
