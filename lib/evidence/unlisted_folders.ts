import type { Entries } from "./entry.ts";
import { unreadableIn } from "./entry_lookups.ts";
import { refusal } from "../base/errors.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

const OWNER_ENTERS = 0o100;

/**
 * Refuses a tree with a folder of ours that can be entered and not listed: whoever knows the names in it changes them without a
 * trace. In one that can be neither, or is somebody else's, nobody writes who does not change the folder itself first.
 *
 * @throws DispatchError (exit 2)
 */
export function refuseUnlisted(
  entries: Entries,
  { user, isWaived }: { readonly user: number | null; readonly isWaived: (path: TreePath) => boolean },
): void {
  for (const [path, { kind, mode, uid }] of unreadableIn(entries)) {
    if (kind !== "folder" || uid !== user || (mode & OWNER_ENTERS) === 0 || isWaived(path)) continue;
    const shown = showPath(path);
    const message =
      `The folder "${shown}" can be entered and not listed (mode ${mode.toString(8)}), so that what ` +
      `happens in it could not be told. Let it be listed (chmod u+r), or waive it: --waive "${shown}".`;
    throw refusal("unlisted-folder", message);
  }
}
