import { sha256Of } from "../../base/digest.ts";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import { isBuildOutput } from "../../evidence/build_output.ts";
import { codesOf, isCleanInIndex } from "../../evidence/baseline.ts";
import { hashFile } from "../../evidence/content.ts";
import type { Entry, Walker } from "../../evidence/entry.ts";
import { compileScope } from "../../evidence/scope.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { gitIn, readWorkTree } from "./work_tree.ts";

/**
 * What a work tree and its repository are, in a form that outlives the process: a word for each path, one for HEAD, the refs and
 * the meaning of the index. Two that are equal are of the same tree.
 */
export type TreeIdentity = ReadonlyMap<string, string>;

export interface IdentityOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly walker: Walker;
  /** Folder of our records, from the root: it is left out. */
  readonly records: TreePath;
}

/**
 * Reads the identity of a tree. Of a file that git holds for clean the index tells the content, of one that git ignores its stat
 * data, of any other its bytes.
 */
export async function readTreeIdentity(
  repository: string,
  { environment, walker, records }: IdentityOptions,
): Promise<TreeIdentity> {
  const { entries, index, status } = await readWorkTree(repository, { environment, walker });
  const git = gitIn(repository, environment);
  const codes = codesOf(status);
  const ignored = status.ignored.map((each) => each.replace(/\/$/, ""));
  const isIgnored = (file: TreePath): boolean =>
    ignored.some((each) => file === each || file.startsWith(`${each}/`));
  const wordOf = (file: TreePath, entry: Entry): string => {
    const { kind, mode, size, mtime } = entry;
    if (kind === "link") return `link ${entry.target ?? ""}`;
    if (kind !== "file") return `${kind} ${mode.toString(8)}`;
    const content = isCleanInIndex(file, index, codes)
      ? index.get(file)?.object
      : isIgnored(file)
      ? `${size} ${mtime}`
      : hashFile(walker, repository, file);
    return `file ${mode.toString(8)} ${content ?? "unreadable"}`;
  };
  const identity = new Map<string, string>();
  for (const [file, entry] of entries) {
    if (file === records || file.startsWith(`${records}/`)) continue;
    // Caches come and go, whoever runs the tests.
    if (!(isIgnored(file) && isBuildOutput(file))) identity.set(file, wordOf(file, entry));
  }
  // The index by its meaning, bits that hide a change from git included.
  identity.set(INDEX, sha256Of(await git.read(["ls-files", "--stage", "-v", "-z"])));
  identity.set(
    REFS,
    sha256Of(await git.read(["for-each-ref", "--format=%(refname) %(objectname) %(symref)"])),
  );
  const branch = await git.read(["rev-parse", "--symbolic-full-name", "HEAD"]).catch(() => "");
  identity.set(HEAD, `${status.head ?? "none"} ${sha256Of(branch)}`);
  return identity;
}

// No path of a tree begins with a slash.
const [INDEX, REFS, HEAD] = ["/index", "/refs", "/HEAD"];

/** What differs between two identities, as it is shown; what the scope grants is left out where one is given. Pure. */
export function identityDifferences(
  before: TreeIdentity,
  after: TreeIdentity,
  without: readonly ScopeEntry[] = [],
): string[] {
  const isGranted = compileScope(without);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file) && !isGranted(file))
    .map((file) => NAMES[file] ?? showPath(file)).sort();
}

const NAMES: Readonly<Record<string, string>> = {
  [INDEX]: "the index of git",
  [REFS]: "the refs of git",
  [HEAD]: "HEAD",
};
