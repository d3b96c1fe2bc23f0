import type { Entries, Entry } from "./entry.ts";
import { Manifest } from "./manifest.ts";
import type { TreePath } from "../base/tree_path.ts";

/** What lies in a `.git` is no part of the tree: it is read as a repository's state. */
export function isRepository(folder: TreePath): boolean {
  return folder === ".git" || folder.endsWith("/.git");
}

/** The entries whose last part begins with `.gi`: `.git`, `.gitignore`, `.gitattributes` and the like. */
export function gitFilesIn(entries: Entries): [TreePath, Entry][] {
  if (!(entries instanceof Manifest)) return [...entries].filter(([path]) => /(^|\/)\.gi[^/]*$/.test(path));
  return entries.gitFiles.flatMap((path): [TreePath, Entry][] => {
    const entry = entries.get(path);
    return entry ? [[path, entry]] : [];
  });
}

/** The links. */
export function linksIn(entries: Entries): [TreePath, Entry][] {
  if (!(entries instanceof Manifest)) return [...entries].filter(([, entry]) => entry.kind === "link");
  return entries.links.flatMap((path): [TreePath, Entry][] => {
    const entry = entries.get(path);
    return entry ? [[path, entry]] : [];
  });
}

/** What could not be looked into. */
export function unreadableIn(entries: Entries): [TreePath, Entry][] {
  // Of most trees that is nothing.
  if (entries instanceof Manifest && !entries.hasUnreadable) return [];
  return [...entries].filter(([, entry]) => entry.unreadable);
}

/** The regular files below a folder, whose path ends in `/`. */
export function* filesBelow(entries: Entries, prefix: TreePath): Generator<[TreePath, Entry]> {
  for (const [path, entry] of entries instanceof Manifest ? entries.below(prefix) : entries) {
    if (entry.kind === "file" && path.startsWith(prefix)) yield [path, entry];
  }
}

/** What changed at or after a moment, by its ctime. */
export function entriesSince(entries: Entries, ctime: number): [TreePath, Entry][] {
  if (entries instanceof Manifest) return [...entries.since(ctime)];
  return [...entries].filter(([, entry]) => entry.ctime >= ctime);
}

/** The regular files among it. */
export function filesSince(entries: Entries, ctime: number): [TreePath, Entry][] {
  return entriesSince(entries, ctime).filter(([, { kind }]) => kind === "file");
}
