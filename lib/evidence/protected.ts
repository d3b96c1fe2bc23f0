import type { PathEntry, ScopeEntry } from "../packet/scope_entry.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/** Names that steer whoever comes after: agents, git, CI, shells. Matched at any depth, with all below. */
const PROTECTED: readonly RegExp[] = [
  /(^|\/)AGENTS[^/]*\.md$/,
  /(^|\/)CLAUDE\.md$/,
  /(^|\/)\.(?:codex|agents|claude|husky)$/,
  /(^|\/)\.mcp\.json$/,
  /(^|\/)\.git(?:attributes|modules|ignore)$/,
  /(^|\/)\.github\/workflows$/,
  /(^|\/)\.envrc$/,
];

/** The protected path that a path is or lies in; undefined if there is none. Pure. */
export function protectedPath(path: TreePath): TreePath | undefined {
  return [path, ...foldersAbove(path)].find((each) => PROTECTED.some((name) => name.test(each)));
}

/**
 * Whether an entry names a protected path, or a folder that holds it, literally. The whole repository (`.`) and a pattern do
 * not: whoever wrote them did not think of it.
 */
export function grantsProtected(path: TreePath, entries: readonly ScopeEntry[]): boolean {
  const name = protectedPath(path);
  if (name === undefined) return true;
  return entries.some((entry) => namesLiterally(entry) && `${path}/`.startsWith(`${entry.path}/`));
}

/** A path, and neither a pattern nor the folder that one is in: whoever wrote `.` thought of nothing in particular. */
export function namesLiterally(entry: ScopeEntry): entry is PathEntry {
  return entry.kind === "path" && !entry.negated && entry.path !== "" && !ONLY_HERE.test(entry.text);
}

/** `.`, `./`, `` `.` ``, `. (MODIFY)`. */
const ONLY_HERE = /^[/`\s]*\.[./`\s]*(?:(?<=\s)\([^)]*\))?$/;
