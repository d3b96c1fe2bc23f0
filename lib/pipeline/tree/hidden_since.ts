import { readText } from "../../evidence/content.ts";
import type { Walker } from "../../evidence/entry.ts";
import { ignoredBy, type IgnoreRules } from "../../evidence/ignore_rules.ts";
import type { TreePath } from "../../base/tree_path.ts";
import type { PlannedRepository, WorkTree } from "./work_tree.ts";

/**
 * The paths that git ignores now and would not have by the rules of before, or that it tracked then. Whoever works in a tree
 * could hide a file in this way from those who look at it later.
 */
export async function hiddenSince(
  { before, now, repository, records, scratch, environment, walker }: {
    readonly before: WorkTree;
    readonly now: WorkTree;
    readonly repository: PlannedRepository;
    readonly records: readonly TreePath[];
    readonly scratch: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly walker: Walker;
  },
): Promise<TreePath[]> {
  const { prefix, status, folder } = repository;
  const isOurs = (path: TreePath): boolean => records.some((folder) => `${path}/`.startsWith(`${folder}/`));
  const ignored = status.ignored.filter((path) => !isOurs((prefix + path).replace(/\/$/, "")));
  const untracked = prefix === "" ? untrackedSince(before, now, ignored) : [];
  // An inner repository's own file of rules lies in its .git, where nobody may write: it is as it was.
  const exclude = prefix === "" ? undefined : readText(walker, folder.shared, "info/exclude") ?? "";
  const below = (rules: IgnoreRules): IgnoreRules => rulesBelow(rules, { prefix, isOurs, exclude });
  const old = below(before.ignoreRules);
  if (sameRules(old, below(now.ignoreRules))) return untracked;
  const ask = (paths: readonly TreePath[]): Promise<Set<TreePath>> =>
    ignoredBy(old, paths, { scratch, environment });
  const still = await ask(ignored);
  const fresh = ignored.filter((path) => !still.has(path));
  // Of a folder the old rules may ignore a part.
  const inside = fresh.filter((path) => path.endsWith("/")).flatMap((each) =>
    entriesBelow(now, prefix, each)
  );
  const stillBelow = await ask(inside);
  const hidden = [...fresh, ...inside].filter((path) => !stillBelow.has(path)).map((path) =>
    prefix + path.replace(/\/$/, "")
  );
  return [...new Set([...untracked, ...hidden])].filter((path) => now.entries.has(path));
}

/** Paths that were in the index, are not any more, and are ignored. */
function untrackedSince(before: WorkTree, now: WorkTree, ignored: readonly TreePath[]): TreePath[] {
  if (ignored.length === 0) return [];
  return [...before.index.keys()].filter((path) =>
    !now.index.has(path) && now.entries.get(path)?.kind !== "folder" && now.entries.has(path) &&
    ignored.some((each) => each === path || each.endsWith("/") && path.startsWith(each))
  );
}

/** As rules name them: a folder ends in `/`. */
function entriesBelow({ entries }: WorkTree, prefix: TreePath, folder: TreePath): TreePath[] {
  const start = prefix + folder;
  return [...entries].filter(([path]) => path.startsWith(start)).map(([path, { kind }]) =>
    path.slice(prefix.length) + (kind === "folder" ? "/" : "")
  );
}

/** The rules that hold in a repository within the tree; those of the one around it do not. */
function rulesBelow(
  rules: IgnoreRules,
  { prefix, isOurs, exclude }: {
    readonly prefix: TreePath;
    readonly isOurs: (path: TreePath) => boolean;
    readonly exclude: string | undefined;
  },
): IgnoreRules {
  const inTree = [...rules.inTree].filter(([file]) => file.startsWith(prefix) && !isOurs(file));
  return {
    ...rules,
    inTree: new Map(inTree.map(([file, text]) => [file.slice(prefix.length), text])),
    infoExclude: exclude ?? rules.infoExclude,
  };
}

function sameRules(a: IgnoreRules, b: IgnoreRules): boolean {
  return a.infoExclude === b.infoExclude && a.globalExcludes === b.globalExcludes &&
    a.ignoreCase === b.ignoreCase && a.inTree.size === b.inTree.size &&
    [...a.inTree].every(([file, text]) => b.inTree.get(file) === text);
}
