import * as path from "node:path";
import type { Problem } from "../base/errors.ts";
import { isInside } from "../base/is_inside.ts";
import type { TreePath } from "../base/tree_path.ts";
import type { WorkTree } from "./work_tree.ts";

/** Paths that clean checkouts get as they were before the pipeline, from the root; or what is wrong with them. */
export interface CarriedPaths {
  readonly paths: readonly TreePath[];
  readonly problems: readonly Problem[];
}

/** Reads what a stage wants carried: paths from its WORKDIR that git ignores. Pure but for the tree that was read. */
export function readCarried(
  wanted: readonly string[],
  { stage, workdir, tree }: { readonly stage: string; readonly workdir: string; readonly tree: WorkTree },
): CarriedPaths {
  const problems: Problem[] = [];
  const refuse = (message: string): void => void problems.push({ code: "carry", message });
  const paths = wanted.flatMap((each) => {
    const absolute = path.resolve(workdir, each);
    const file = path.relative(tree.root, absolute);
    if (!isInside(absolute, tree.root) || file === "") {
      refuse(`The stage "${stage}" carries "${each}", which is no path within the repository.`);
    } else if (!tree.entries.has(file)) {
      refuse(`The stage "${stage}" carries "${each}", which does not exist. Make it first, or leave it out.`);
    } else if (!isIgnored(file, tree)) {
      refuse(
        `The stage "${stage}" carries "${each}", which git does not ignore: a clean checkout has it anyway. Leave it out.`,
      );
    } else return [file];
    return [];
  });
  return { paths, problems };
}

/** Whether a path lies in what is carried. Pure. */
export function isCarried(file: TreePath, carried: readonly TreePath[]): boolean {
  return carried.some((each) => file === each || file.startsWith(`${each}/`));
}

function isIgnored(file: TreePath, { status }: WorkTree): boolean {
  return status.ignored.some((each) => `${file}/`.startsWith(each.endsWith("/") ? each : `${each}/`));
}
