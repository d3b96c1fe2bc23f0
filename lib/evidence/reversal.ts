import type { Change } from "./changes.ts";
import type { Entries } from "./entry.ts";
import { sha256Of } from "../base/digest.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";
import type { Side } from "./patch_between.ts";
import { standing } from "./standing.ts";

/** What has to be known besides a patch to take it back: it tells neither all of a mode nor of folders. */
export interface Reversal {
  readonly patched: ReadonlyMap<TreePath, PatchedPath>;
  /** The folders above them that stood there before the run, with their permission bits. */
  readonly folders: ReadonlyMap<TreePath, number>;
}

export interface PatchedPath {
  /** What the run left there: see {@link standing}. */
  readonly left: string | null;
  /** The permission bits of the file that stood there before; null if none did. */
  readonly modeBefore: number | null;
}

/** What is known of a patch's paths besides the patch. Pure. */
export function reversalOf(
  changes: readonly Change[],
  { after, before }: { readonly after: ReadonlyMap<TreePath, Side>; readonly before: Entries },
): Reversal {
  const patched = new Map<TreePath, PatchedPath>();
  const folders = new Map<TreePath, number>();
  for (const change of changes) {
    const side = after.get(change.path);
    const left = standing(change.after, () => side && sha256Of(side.bytes));
    const modeBefore = change.before?.kind === "file" ? change.before.mode : null;
    patched.set(change.path, { left, modeBefore });
    for (const folder of foldersAbove(change.path)) {
      const entry = before.get(folder);
      if (entry?.kind === "folder") folders.set(folder, entry.mode);
    }
  }
  return { patched, folders };
}
