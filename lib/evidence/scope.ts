import picomatch from "picomatch";
import type { GlobEntry, ScopeEntry } from "../packet/scope_entry.ts";
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
  const matches = toExpression(entry.glob);
  const prefix = entry.base === "" ? "" : `${entry.base}/`;
  const last = entry.glob.slice(entry.glob.lastIndexOf("/") + 1);
  const reachesBelow = entry.folder || entry.negated || !/^[*?]+$/.test(last);
  return (path) => {
    if (!path.startsWith(prefix)) return false;
    const inside = path.slice(prefix.length);
    if (matches.test(inside)) return true;
    return reachesBelow && [...foldersAbove(inside)].some((folder) => matches.test(folder));
  };
}

/** picomatch's expression for a glob, with its own meanings of `( ) ! + @ | ^ $` and of the backslash taken away. */
function toExpression(glob: string): RegExp {
  // "src/**" would match "src" itself: a folder turned into a link or a file is no change below it.
  const below = glob.endsWith("/**") ? `${glob}/*` : glob;
  const escaped = below.replace(
    /\[[^\]]+\]|[()!+@|^$\\]/g,
    (match) => match.startsWith("[") ? match : `\\${match}`,
  );
  const expression = picomatch.makeRe(escaped, {
    dot: true,
    noextglob: true,
    nonegate: true,
    strictSlashes: true,
  });
  // A character outside the basic plane is one character for "?", though JavaScript stores two.
  const source = expression.source.replace(/\[\^\/\](?!\*)/g, "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^/])");
  return new RegExp(source, "s");
}
