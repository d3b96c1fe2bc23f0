import * as path from "node:path";
import type { TreePath } from "../base/tree_path.ts";
import type { Problem } from "../base/errors.ts";
import { nameIn } from "./entry_name.ts";
import type { Item } from "./packet_fields.ts";

/** One entry of WRITE SCOPE, IGNORED WRITES or WAIVE, with its meaning fixed before the run. */
export type ScopeEntry = PathEntry | GlobEntry;

interface EntryHead {
  /** As it is written in the packet. */
  readonly text: string;
  /** `!entry`: takes away from what other entries grant. */
  readonly negated: boolean;
}

/** A file or a folder, with all that lies below it. */
export interface PathEntry extends EntryHead {
  readonly kind: "path";
  /** From the repository's root; "" is the whole repository. */
  readonly path: TreePath;
}

/** A pattern below a folder. */
export interface GlobEntry extends EntryHead {
  readonly kind: "glob";
  /** The folder it is relative to, literally, from the repository's root; "" is the root. */
  readonly base: TreePath;
  /** `*`, `**`, `?`, `[…]` and `{a,b}`; every other character means itself. */
  readonly glob: string;
  /** It ended in `/`: it names folders, for the sake of what lies below them. */
  readonly folder: boolean;
}

/** Where entries are read: the repository before the run. */
export interface Place {
  /** Real path of the repository's root. */
  readonly root: string;
  /** Real path of WORKDIR. */
  readonly workdir: string;
  /** WORKDIR as the packet writes it, made absolute. */
  readonly workdirAsGiven: string;
  readonly home: string | undefined;
  /** Whether anything stands at this absolute path, links not followed. */
  readonly exists: (absolute: string) => boolean;
}

export type EntryReading = { readonly entry: ScopeEntry } | { readonly problem: Problem };

/** Reads one entry. What stands before the run is that very path; only else are marks of a pattern looked for. */
export function readScopeEntry(item: Item, place: Place): EntryReading {
  const negated = item.text.startsWith("!") && !existsAs(item.text, place);
  const body = negated ? item.text.slice(1).trim() : item.text;
  const head = { text: item.text, negated };
  const fail = (code: string, message: string): EntryReading => ({
    problem: { code, message, line: item.line },
  });
  if (body === "") return fail("scope-empty", `"${item.text}" at line ${item.line} names nothing.`);
  if (body.length > LONGEST_ENTRY) {
    return fail("scope-too-long", `${where(item)} is longer than ${LONGEST_ENTRY} characters: no path is.`);
  }

  const found = item.literal || existsAs(body, place)
    ? { name: body, exact: true }
    : nameIn(body, (text) => existsAs(text, place));
  if ("refused" in found) return fail(found.code, `${where(item)} ${found.refused}`);
  const { name, exact } = found;

  const resolved = resolve(name, place);
  if ("refused" in resolved) return fail(resolved.code, `${where(item)} ${resolved.refused}`);
  const { parts, fromWorkdir } = resolved;
  if (parts.some((part) => part.toLowerCase() === ".git")) {
    return fail("scope-git", `${where(item)} lies in .git, which is git's own and never in scope.`);
  }
  const meant = fromWorkdir && !exact ? fitsOnlyFromRoot(name, place) : undefined;
  if (meant) return fail("scope-from-root", `${where(item)} ${meant}`);
  if (exact || !isGlob(name)) return { entry: { ...head, kind: "path", path: parts.join("/") } };
  const refuse = (code: string, message: string): EntryReading => fail(code, `${where(item)} ${message}`);
  return readGlob(name, { head, parts, place, fail: refuse });
}

/** PATH_MAX of Linux; and what bounds the work that a hostile entry can cause. */
const LONGEST_ENTRY = 4096;

function where(item: Item): string {
  return `Entry "${item.text.slice(0, 120)}"${item.line === undefined ? "" : ` at line ${item.line}`}`;
}

type Resolved = { parts: string[]; fromWorkdir: boolean } | { code: string; refused: string };

/** The parts of a name from the repository's root. */
function resolve(name: string, place: Place): Resolved {
  const outside = (why: string): Resolved => ({
    code: "scope-outside",
    refused: `${why}. A scope names what lies in the repository "${place.root}".`,
  });
  const parts = (text: string): string[] => text.split("/").filter((part) => part !== "" && part !== ".");
  const at = absoluteOf(name, place);
  if (parts(name).includes("..")) return outside('passes through ".."');
  if (name.startsWith(":/")) return { parts: parts(name.slice(2)), fromWorkdir: false };
  if (at === undefined) {
    const prefix = parts(path.relative(place.root, place.workdir).replaceAll("\\", "/"));
    return { parts: [...prefix, ...parts(name)], fromWorkdir: true };
  }
  for (const [given, real] of [[place.root, place.root], [place.workdirAsGiven, place.workdir]] as const) {
    if (at === given || at.startsWith(given.endsWith("/") ? given : `${given}/`)) {
      const inside = path.relative(place.root, real).replaceAll("\\", "/");
      return { parts: [...parts(inside), ...parts(at.slice(given.length))], fromWorkdir: false };
    }
  }
  return outside("leaves the repository");
}

/** A name that is absolute or begins at home; undefined for one that is relative. */
function absoluteOf(name: string, place: Place): string | undefined {
  const tilde = /^~(\/.*)?$/.exec(name);
  if (tilde && place.home !== undefined) return place.home + (tilde[1] ?? "");
  return path.isAbsolute(name) ? name.replaceAll("\\", "/") : undefined;
}

/** Whether the text, taken as a name and nothing else, stands in the repository. */
export function existsAs(text: string, place: Place): boolean {
  if (text.includes("\0") || text === "") return false;
  const resolved = resolve(text, place);
  return "parts" in resolved && place.exists([place.root, ...resolved.parts].join("/"));
}

/** With WORKDIR below the root: the sentence for an entry whose first part stands at the root and not in WORKDIR. */
function fitsOnlyFromRoot(name: string, place: Place): string | undefined {
  if (place.workdir === place.root || name.startsWith("./")) return undefined;
  const first = name.split("/").find((part) => part !== "");
  if (first === undefined || isGlob(first)) return undefined;
  if (place.exists(`${place.workdir}/${first}`) || !place.exists(`${place.root}/${first}`)) return undefined;
  return `would fit only from the repository's root, but entries are relative to WORKDIR. ` +
    `Write ":/${name}" for that, or "./${name}" for a new path in WORKDIR.`;
}

function isGlob(name: string): boolean {
  return /[*?]|\[[^\]/]+\]|\{[^{}]*,[^{}]*\}/.test(name);
}

/** A dozen braces stand for thousands of globs. */
const MOST_ALTERNATIVES = 256;

/** Only what cannot be told in one glob is refused; `name` holds a mark of a pattern. */
function readGlob(
  name: string,
  given: {
    head: EntryHead;
    parts: string[];
    place: Place;
    fail: (code: string, message: string) => EntryReading;
  },
): EntryReading {
  const { head, parts, place } = given;
  const fail = (message: string): EntryReading => given.fail("scope-glob", message);
  if (/\[!/.test(name)) return fail('holds "[!", where ! would mean itself. Write [^…] for "none of these".');
  // A part that stands there is that very folder, as an entry that stands there is that very path: app/[slug]/*.ts.
  const stands = (count: number): boolean => place.exists([place.root, ...parts.slice(0, count)].join("/"));
  const first = parts.findIndex((part, index) => mayHoldMarks(part) && !stands(index + 1));
  if (first < 0) return { entry: { ...head, kind: "path", path: parts.join("/") } };

  const patterns = parts.slice(first).filter((part, index, all) =>
    !(part === "**" && all[index - 1] === "**")
  );
  const glob = patterns.join("/");
  const alternatives = writtenOut(glob).take(MOST_ALTERNATIVES + 1).toArray();
  if (alternatives.length > MOST_ALTERNATIVES) {
    return fail(`stands for more than ${MOST_ALTERNATIVES} globs. Write it as several entries.`);
  }
  if (alternatives.some(hasBackwardRange)) {
    return fail("holds a range that runs backwards, such as [z-a], and fits nothing.");
  }
  const partsOf = alternatives.map((one) => one.split("/"));
  if (partsOf.some((all) => all.includes(".."))) return given.fail("scope-outside", 'passes through "..".');
  if (partsOf.some((all) => all.every((part) => part === "" || part === "."))) {
    return fail("has an alternative in braces that names nothing. Write the folder as an entry of its own.");
  }
  const base = parts.slice(0, first).join("/");
  return { entry: { ...head, kind: "glob", base, glob, folder: name.endsWith("/") } };
}

/** A brace may be closed behind a slash: `{src,lib/a}/x`. */
function mayHoldMarks(part: string): boolean {
  return isGlob(part) || /\{[^{}]*$/.test(part);
}

function hasBackwardRange(glob: string): boolean {
  return (glob.match(/\[[^\]/]+\]/g) ?? []).some((charClass) =>
    [...charClass.slice(1, -1).replace(/^\^/, "").matchAll(/(.)-(.)/gsu)].some(([, from = "", to = ""]) =>
      (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)
    )
  );
}

/** A glob with each `{a,b}` written out: `{a,b}/c` gives `a/c` and `b/c`. */
export function* writtenOut(glob: string): Generator<string> {
  const group = /\{([^{}]*,[^{}]*)\}/.exec(glob);
  if (!group) return yield glob;
  const [all, alternatives = ""] = group;
  for (const one of alternatives.split(",")) {
    yield* writtenOut(glob.slice(0, group.index) + one + glob.slice(group.index + all.length));
  }
}
