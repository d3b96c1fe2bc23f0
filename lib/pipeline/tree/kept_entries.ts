import * as path from "node:path";
import { foldersAbove, type TreePath } from "../../base/tree_path.ts";
import { isRepository } from "../../evidence/entry_lookups.ts";
import type { Entry, Walker } from "../../evidence/entry.ts";
import type { Overlay } from "./clean_checkout.ts";
import { removeTree } from "./remove_tree.ts";
import { copyTree } from "./tree_copy.ts";

/** Copies what is chosen of a tree into a folder of ours, with the folders above it; what was there before is replaced. */
export async function keepEntries(
  folder: string,
  { root, entries, isChosen, environment }: {
    readonly root: string;
    readonly entries: Iterable<readonly [TreePath, Entry]>;
    readonly isChosen: (path: TreePath) => boolean;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<void> {
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
}

/** What was kept, for a clean checkout in which it stands in the place of what the tree holds now. */
export async function overlayOf(
  folder: string,
  { walker, replaces }: { readonly walker: Walker; readonly replaces: (path: TreePath) => boolean },
): Promise<Overlay> {
  const entries = [...await walker.walk(folder, isRepository)].filter(([file, { kind }]) =>
    kind === "folder" || replaces(file)
  );
  return { from: folder, entries, replaces };
}

/** A folder in which something of a kind is kept. */
export function keptFolder(kept: string, kind: "carried" | "instructions"): string {
  return path.join(kept, kind);
}
