import * as path from "node:path";
import type { Walker } from "./entry.ts";
import { entriesSince } from "./entry_lookups.ts";

/**
 * Whether something may have been added to a repository's object store, or taken out of it, at or after a moment: by when its
 * folders and packs last changed, which nobody can set. A few hundred entries at most, whatever the store holds.
 */
export async function storeChangedSince(
  moment: number,
  { gitFolder, walker }: { readonly gitFolder: string; readonly walker: Walker },
): Promise<boolean> {
  try {
    const store = await Deno.realPath(`${gitFolder}/objects`);
    const name = path.basename(store);
    const entries = await walker.walk(
      path.dirname(store),
      (folder) => folder !== name && folder !== `${name}/pack`,
    );
    return entriesSince(entries, moment).some(([file]) => file === name || file.startsWith(`${name}/`));
  } catch {
    // There is none, or it is gone.
    return true;
  }
}
