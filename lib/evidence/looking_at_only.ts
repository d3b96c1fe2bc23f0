import * as path from "node:path";
import type { GitOptions } from "./git.ts";
import type { Index } from "./git_index.ts";
import { RecordedIndex } from "./recorded_index.ts";
import type { TreePath } from "../base/tree_path.ts";

/**
 * Has git look at some tracked files alone, as if the index held no others: with fifty thousand, a look at each of them costs
 * more than the rest of a git diff. Without the options that this gives back git looks at all.
 *
 * @param scratch a folder outside of the repository
 */
export function lookingAtOnly(
  paths: readonly TreePath[],
  { index, scratch }: { readonly index: Index; readonly scratch: string },
): GitOptions {
  if (!(index instanceof RecordedIndex)) return {};
  // What git holds to be the attributes of a file may stand in the index alone.
  const bytes = index.only(new Set([...paths, ...index.endingIn(".gitattributes")]));
  if (!bytes) return {};
  const file = path.join(scratch, "dirty-index");
  Deno.writeFileSync(file, bytes, { createNew: true, mode: 0o600 });
  // Of an index as old as this git trusts no entry by its stat data. A time of 0 would be none at all.
  Deno.utimeSync(file, 1, 1);
  return { env: { GIT_INDEX_FILE: file } };
}
