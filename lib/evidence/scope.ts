import { type GlobEntry, type ScopeEntry, writtenOut } from "../packet/scope_entry.ts";
import { foldersAbove, type TreePath } from "../base/tree_path.ts";

/** Whether a path, from the repository's root, lies in a scope. */
export type Scope = (path: TreePath) => boolean;

/**
 * Turns entries into a test. A path is in scope if an entry grants it and no `!entry` takes it away, in whatever
 * order they stand. Names are compared as bytes: case differs, and so do normal forms of one letter.
 */
export function compileScope(entries: readonly ScopeEntry[]): Scope {
  const grants = entries.filter((entry) => !entry.negated).map(compileEntry);
  const takes = entries.filter((entry) => entry.negated).map(compileEntry);
  return (path) => grants.some((grant) => grant(path)) && !takes.some((take) => take(path));
}

function compileEntry(entry: ScopeEntry): Scope {
  if (entry.kind === "glob") return compileGlob(entry);
  const { path } = entry;
  return path === "" ? () => true : (candidate) => candidate === path || candidate.startsWith(`${path}/`);
}

/**
 * A glob that matches a folder grants what lies below it, unless its last part is wildcards alone: `src/*` is the
 * files of one folder. With a `/` at its end it names folders; and what takes away, takes away all below.
 */
function compileGlob(entry: GlobEntry): Scope {
  const prefix = entry.base === "" ? "" : `${entry.base}/`;
  const globs = [...writtenOut(entry.glob)].map((glob) => {
    const last = glob.slice(glob.lastIndexOf("/") + 1);
    return {
      matches: toExpression(glob),
      reachesBelow: entry.folder || entry.negated || !/^[*?]+$/.test(last),
    };
  });
  return (path) => {
    if (!path.startsWith(prefix)) return false;
    const inside = path.slice(prefix.length);
    const folders = [...foldersAbove(inside)];
    return globs.some(({ matches, reachesBelow }) =>
      matches.test(inside) || (reachesBelow && folders.some((folder) => matches.test(folder)))
    );
  };
}

/**
 * A glob without braces as an expression for whole paths. Own, as a library brings meanings with it that the packet's
 * globs do not have (quotes, ranges in braces, extended globs) and takes a character outside the basic plane for two.
 */
function toExpression(glob: string): RegExp {
  const parts = glob.split("/").filter((part) => part !== "" && part !== ".");
  const source = parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    // At the end "**" is what lies below: "src/**" is not "src", which may be turned into a link or a file.
    if (part === "**") return isLast ? ".+" : "(?:.+/)?";
    return part.replace(/\*+|\[[^\]]+\]|./gsu, toSource) + (isLast ? "" : "/");
  });
  return new RegExp(`^${source.join("")}$`, "su");
}

function toSource(piece: string): string {
  if (piece.startsWith("*")) return "[^/]*";
  if (piece === "?") return "[^/]";
  if (piece.length < 3 || !piece.startsWith("[")) return escaped(piece);
  const none = piece.startsWith("[^") && piece.length > 3;
  const members = piece.slice(none ? 2 : 1, -1).replace(/[\\[^]/g, "\\$&");
  // A class is its own name too, for app/[slug]/page.tsx that is yet to be made.
  return `(?:(?!/)[${none ? "^" : ""}${members}]|${escaped(piece)})`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
