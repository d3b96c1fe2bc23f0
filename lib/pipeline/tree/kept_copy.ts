import * as z from "zod/mini";
import { foldersAbove, type TreePath } from "../../base/tree_path.ts";
import { hashFile } from "../../evidence/content.ts";
import type { Entries, Entry, Walker } from "../../evidence/entry.ts";
import type { Overlay } from "./clean_checkout.ts";
import { removeTree } from "./remove_tree.ts";
import { tampered } from "./tampered.ts";
import { copyTree } from "./tree_copy.ts";

/** By what a copy is known to be as it was made: every entry, of files with the SHA-256. */
export const CopyRecordSchema = z.array(z.object({
  path: z.string(),
  kind: z.string(),
  mode: z.number(),
  target: z.optional(z.string()),
  digest: z.optional(z.string()),
}));
export type CopyRecord = z.infer<typeof CopyRecordSchema>;

/**
 * Copies what is chosen of a tree into a folder of ours, with the folders above it; what was there before is replaced. The record
 * that is returned is to be held where nobody else writes.
 */
export async function keepCopy(
  folder: string,
  { root, entries, isChosen, walker, environment }: {
    readonly root: string;
    readonly entries: Iterable<readonly [TreePath, Entry]>;
    readonly isChosen: (path: TreePath) => boolean;
    readonly walker: Walker;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<CopyRecord> {
  await removeTree(folder, environment);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const all = [...entries];
  const wanted = new Set(all.flatMap(([file]) => isChosen(file) ? [file, ...foldersAbove(file)] : []));
  const { finishFolders } = await copyTree({
    from: root,
    to: folder,
    entries: all.filter(([file]) => wanted.has(file)),
    keepHardLinks: true,
  });
  finishFolders();
  return [...await walkAll(folder, walker)].map(([path, entry]) => ({
    path,
    kind: entry.kind,
    mode: entry.mode,
    target: entry.target,
    digest: entry.kind === "file" ? hashFile(walker, folder, path) : undefined,
  }));
}

/**
 * The entries of a copy.
 *
 * @throws DispatchError (exit 3) if it is not as it was made
 */
export async function openCopy(
  folder: string,
  { record, walker }: { readonly record: CopyRecord; readonly walker: Walker },
): Promise<Entries> {
  const entries = await walkAll(folder, walker);
  const known = new Set<TreePath>();
  const changed = record.filter(({ path, kind, mode, target, digest }) => {
    known.add(path);
    const entry = entries.get(path);
    return entry?.kind !== kind || entry.mode !== mode || entry.target !== target ||
      (kind === "file" && hashFile(walker, folder, path) !== digest);
  }).map(({ path }) => path);
  const added = [...entries.keys()].filter((path) => !known.has(path));
  const forged = [...changed, ...added];
  if (forged.length > 0) throw tampered(forged.map((path) => `${folder}/${path}`));
  return entries;
}

/**
 * A copy, for a clean checkout in which it stands in the place of what the tree holds now.
 *
 * @throws DispatchError (exit 3) if it is not as it was made
 */
export async function overlayOf(
  folder: string,
  { replaces, ...copy }: {
    readonly record: CopyRecord;
    readonly walker: Walker;
    readonly replaces: (path: TreePath) => boolean;
  },
): Promise<Overlay> {
  const entries = [...await openCopy(folder, copy)].filter(([file, { kind }]) =>
    kind === "folder" || replaces(file)
  );
  return { from: folder, entries, replaces };
}

/** What lies in a folder named `.git` too. */
async function walkAll(folder: string, walker: Walker): Promise<Entries> {
  return await walker.walk(folder, () => false).catch(() => new Map());
}
