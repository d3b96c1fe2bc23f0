import { type Aftermath, ruleName } from "./aftermath.ts";
import { isBuildOutput } from "./build_output.ts";
import { type Change, isNoFolder } from "./changes.ts";
import type { Violation } from "../records/policy.ts";
import { foldersAbove, showPath, type TreePath } from "../base/tree_path.ts";

/** Said with every finding on the tree: a check of before and after cannot tell who it was. */
export const WHOEVER = "The check sees what changed, not who changed it.";

/** What happened to a path, as the middle of a sentence. */
export const WORDS: Readonly<Record<Change["change"], string>> = {
  added: "appeared",
  modified: "was changed",
  deleted: "was deleted",
  type: "changed its kind",
  mode: "changed its mode or owner",
};

/** A changed path as people and JSON are shown it; a folder ends in `/`, but not where it took a file's place or gave it up. */
export function showChanged(change: Change): string {
  return showPath(isNoFolder(change) ? change.path : `${change.path}/`);
}

/** A change that is a violation. */
export interface Wrong {
  readonly change: Change;
  readonly violation: Violation;
}

/** From how many findings of one kind in a folder that is new or gone they are told as one. */
const MANY = 20;

/** One violation for a folder that came or went whole with much in it; else one for each path. */
export function mergeFolders(wrong: readonly Wrong[], aftermath: Aftermath): Violation[] {
  const perFolder = new Map<TreePath, Wrong[]>();
  for (const each of wrong) {
    const { path, change } = each.change;
    const gone = (folder: TreePath): boolean => change === "deleted" && !aftermath.entries.has(folder);
    const fresh = (folder: TreePath): boolean => change === "added" && aftermath.freshFolders.has(folder);
    const whole = [...foldersAbove(path)].filter((folder) => gone(folder) || fresh(folder)).at(-1);
    const key = whole === undefined ? `\0${path}` : `${each.violation.kind}\0${change}\0${whole}`;
    const members = perFolder.get(key);
    if (members) members.push(each);
    else perFolder.set(key, [each]);
  }
  return [...perFolder].flatMap(([key, members]): Violation[] => {
    const first = members[0];
    if (!first || members.length < MANY || key.startsWith("\0")) {
      return members.map(({ violation }) => violation);
    }
    const folder = showPath(`${key.split("\0")[2]}/`);
    const detail = `"${folder}" ${
      WORDS[first.change.change]
    } with ${members.length} entries in it. ${WHOEVER}`;
    return [{ kind: first.violation.kind, path: folder, detail }];
  });
}

/** What to write into the packet where a run failed by build output that git does not ignore. */
export function proposals(wrong: readonly Change[], aftermath: Aftermath): string[] {
  const output = wrong.filter((change) =>
    isBuildOutput(change.path) && !aftermath.ignored.has(ruleName(change))
  );
  const names = new Set(output.map(({ path }) => {
    const parts = path.split("/");
    const at = parts.findIndex((_, i) => isBuildOutput(parts.slice(0, i + 1).join("/")));
    return at < parts.length - 1 ? `${parts.slice(0, at + 1).join("/")}/` : path;
  }));
  if (names.size === 0) return [];
  const list = [...names].slice(0, 10).map((name) => `- :/${showPath(name)}`).join("\n");
  return [
    `Some of this looks like build output. Let git ignore it, or allow it in the packet:\nIGNORED WRITES:\n${list}`,
  ];
}
