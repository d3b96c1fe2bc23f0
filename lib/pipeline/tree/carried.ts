import * as path from "node:path";
import { isRepository } from "../../evidence/entry_lookups.ts";
import type { Problem } from "../../base/errors.ts";
import { isInside } from "../../base/is_inside.ts";
import { foldersAbove, type TreePath } from "../../base/tree_path.ts";
import type { WorkTree } from "./work_tree.ts";

/** Paths that clean checkouts get as they were before the pipeline, from the root; or what is wrong with them. */
export interface CarriedPaths {
  readonly paths: readonly TreePath[];
  readonly problems: readonly Problem[];
  /** What whoever carries them should know, in sentences. */
  readonly notes: readonly string[];
}

/** Reads what a stage wants carried: paths from its WORKDIR that git ignores. Pure but for the tree that was read. */
export function readCarried(
  wanted: readonly string[],
  { stage, workdir, tree }: { readonly stage: string; readonly workdir: string; readonly tree: WorkTree },
): CarriedPaths {
  const paths: TreePath[] = [];
  const problems: Problem[] = [];
  for (const each of wanted) {
    const absolute = path.resolve(workdir, each);
    const file = path.relative(tree.root, absolute);
    const why = !isInside(absolute, tree.root) || file === ""
      ? "which is no path within the repository"
      : objection(file, tree);
    if (why === undefined) paths.push(file);
    else problems.push({ code: "carry", message: `The stage "${stage}" carries "${each}", ${why}.` });
  }
  return { paths, problems, notes: paths.flatMap((file) => noteOn(file, tree)) };
}

function objection(file: TreePath, tree: WorkTree): string | undefined {
  const entry = tree.entries.get(file);
  const link = [...foldersAbove(file)].find((folder) => tree.entries.get(folder)?.kind === "link");
  if (link !== undefined) return `which lies behind the link "${link}". Name it by where it is`;
  if ([file, ...foldersAbove(file)].some(isRepository)) return "which is a repository's own";
  if (!entry) return "which does not exist. Make it first, or leave it out";
  if (!["file", "folder", "link"].includes(entry.kind)) return "which is no file, folder or link";
  if (!isIgnored(file, tree)) {
    return "which git does not ignore: a clean checkout has it anyway. Leave it out";
  }
  return undefined;
}

function isIgnored(file: TreePath, { status }: WorkTree): boolean {
  return status.ignored.some((each) => `${file}/`.startsWith(each.endsWith("/") ? each : `${each}/`));
}

/** A Python environment knows by absolute paths where it is: what is installed from the tree is that of the original. */
function noteOn(file: TreePath, { entries }: WorkTree): string[] {
  if (!entries.has(`${file}/pyvenv.cfg`)) return [];
  return [
    `"${file}" is a Python environment, which holds absolute paths: its scripts, and what is installed in it in editable form, ` +
    "lead to the original tree. Where that matters, make one by `setup:` instead.",
  ];
}

/** Whether a path lies in what is carried. Pure. */
export function isCarried(file: TreePath, carried: readonly TreePath[]): boolean {
  return carried.some((each) => file === each || file.startsWith(`${each}/`));
}
