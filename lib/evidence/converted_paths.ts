import { readText } from "./content.ts";
import type { Entries, Walker } from "./entry.ts";
import { gitFilesIn } from "./entry_lookups.ts";
import type { Git } from "./git.ts";
import type { GitFolder } from "./git_folder.ts";
import type { Index } from "./git_index.ts";
import { listOf } from "./nul_list.ts";
import { pathsEndingIn } from "./recorded_index.ts";
import { globalGitFolder } from "./global_config.ts";
import { concatBytes } from "../base/bytes.ts";
import { encodePath, type TreePath } from "../base/tree_path.ts";

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
export async function convertedPaths(
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
