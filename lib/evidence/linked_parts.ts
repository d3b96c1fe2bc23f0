import * as path from "node:path";
import type { Entries, Entry, Walker } from "./entry.ts";
import { linksIn } from "./entry_lookups.ts";
import type { GitFolder } from "./git_folder.ts";

/** What lies behind links in a repository's folder, as scripts make them that let several work trees share one. */
export interface LinkedParts {
  /** The entries of the folder, with those behind its links. */
  readonly entries: Entries;
  /** Of each link that was followed, where it leads. */
  readonly links: ReadonlyMap<string, string>;
}

/**
 * Follows the links in a repository's folder by which git finds its parts: of folders the refs, hooks and info. What lies in
 * the work tree is part of that.
 *
 * @param known those that were followed before the run. No other is then: a run may have turned one to anywhere
 */
export async function followLinks(
  entries: Entries,
  { folder: { root, shared }, walker, known }: {
    readonly folder: GitFolder;
    readonly walker: Walker;
    readonly known: ReadonlyMap<string, string> | undefined;
  },
): Promise<LinkedParts> {
  const links = new Map<string, string>();
  const behind = new Map<string, Entry>();
  for (const [name] of linksIn(entries)) {
    const real = await Deno.realPath(`${shared}/${name}`).catch(() => undefined);
    if (real === undefined || [root, shared].some((each) => real.startsWith(`${each}/`))) continue;
    if (known !== undefined && known.get(name) !== real) continue;
    const isFolder = await Deno.lstat(real).then((info) => info.isDirectory, () => false);
    if (isFolder && !SHARED_FOLDERS.has(path.posix.basename(name))) continue;
    links.set(name, real);
    // One that is shut to us is as good as empty.
    const parts = isFolder ? await walker.walk(real, () => false).catch((): Entries => new Map()) : [];
    for (const [below, entry] of parts) behind.set(`${name}/${below}`, entry);
  }
  return { entries: behind.size === 0 ? entries : new Map([...entries, ...behind]), links };
}

const SHARED_FOLDERS = new Set(["refs", "hooks", "info"]);
