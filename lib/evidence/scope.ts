import { type GlobEntry, type ScopeEntry, writtenOut } from "../packet/scope_entry.ts";
import type { TreePath } from "../base/tree_path.ts";

/** Whether a path, from the repository's root, lies in a scope. What is no folder is not meant by a glob that ends in `/`. */
export type Scope = (path: TreePath, isNoFolder?: boolean) => boolean;

/**
 * Turns entries into a test. A path is in scope if an entry grants it and no `!entry` takes it away, in whatever
 * order they stand. Names are compared as bytes: case differs, and so do normal forms of one letter.
 */
export function compileScope(entries: readonly ScopeEntry[]): Scope {
  const grants = entries.filter((entry) => !entry.negated).map(compileEntry);
  const takes = entries.filter((entry) => entry.negated).map(compileEntry);
  return (path, isNoFolder) =>
    grants.some((grant) => grant(path, isNoFolder)) && !takes.some((take) => take(path, isNoFolder));
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
  const globs = [...writtenOut(entry.glob)].map((glob): CompiledGlob => {
    const folder = entry.folder || glob.endsWith("/");
    const reachesBelow = folder || entry.negated || !/(^|\/)[*?]+$/.test(glob);
    const itself = compileParts(glob);
    const marks: readonly Mark[] = reachesBelow ? [...itself, ANY] : itself;
    // "src/**/" is all that "src/**" is: the folders below may be none.
    const onlyBelow = folder && !/(^|\/)\*\*\/?$/.test(glob);
    const ofNoFolder: readonly Mark[] = onlyBelow ? [...itself, ONE, ANY] : marks;
    return { marks, ofNoFolder };
  });
  return (path, isNoFolder = false) => {
    if (!path.startsWith(prefix)) return false;
    const parts = path.slice(prefix.length).split("/");
    return globs.some(({ marks, ofNoFolder }) => fits(isNoFolder ? ofNoFolder : marks, parts));
  };
}

interface CompiledGlob {
  readonly marks: readonly Mark[];
  /** The same for what is no folder. */
  readonly ofNoFolder: readonly Mark[];
}

/** As many as there are, or none. */
const ANY: unique symbol = Symbol("any");

type Mark = typeof ANY | ((text: string) => boolean);

const ONE: Mark = () => true;

function compileParts(glob: string): Mark[] {
  const parts = glob.split("/").filter((part) => part !== "" && part !== ".");
  return parts.flatMap((part, index): Mark[] => {
    if (part !== "**") return [compilePart(part)];
    // "src/**" is not "src": a folder turned into a link or a file is no change below it.
    return index === parts.length - 1 ? [ONE, ANY] : [ANY];
  });
}

/** A part is its own name too, for `app/[slug]/page.tsx` that is yet to be made. */
function compilePart(part: string): (name: string) => boolean {
  const marks = (part.match(/\*+|\[[^\]]+\]|./gsu) ?? []).map((mark): Mark => {
    if (mark.startsWith("*")) return ANY;
    if (mark === "?") return ONE;
    return mark.length > 2 && mark.startsWith("[") ? compileClass(mark) : (letter) => letter === mark;
  });
  // A character outside the basic plane is one, and so is a byte that is not UTF-8.
  return (name) => name === part || fits(marks, [...name]);
}

function compileClass(mark: string): (letter: string) => boolean {
  const none = mark.startsWith("[^") && mark.length > 3;
  const members = mark.slice(none ? 2 : 1, -1).replace(/[\\[^]/g, "\\$&");
  const expression = new RegExp(`^[${none ? "^" : ""}${members}]$`, "u");
  return (letter) => expression.test(letter);
}

/**
 * Whether a pattern takes all of the texts: the parts of a path, or the letters of a part. Only the last ANY is ever
 * gone back to, for what an earlier one could take, the last can take as well: no file name makes this slower than the
 * product of both lengths.
 */
function fits(pattern: readonly Mark[], texts: readonly string[]): boolean {
  let [at, next] = [0, 0];
  let last: { after: number; from: number } | undefined;
  while (next < texts.length) {
    const mark = pattern[at];
    const text = texts[next];
    if (mark === ANY) last = { after: ++at, from: next };
    else if (mark !== undefined && text !== undefined && mark(text)) [at, next] = [at + 1, next + 1];
    else if (last) [at, next] = [last.after, ++last.from];
    else return false;
  }
  return pattern.slice(at).every((mark) => mark === ANY);
}
