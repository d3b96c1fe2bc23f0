/** What a file is to git: nothing that lasts, the index or a part of it, refs, or what its content says. */
export type Meaning = "free" | "index" | "index-part" | "ref" | "packed-refs" | "file";

/** What a file of a repository means. Source: gitrepository-layout(5). */
export function meaningOf(name: string): Meaning {
  if (name === "index") return "index";
  if (/^sharedindex\.[^/]*$/.test(name)) return "index-part";
  if (name === "packed-refs") return "packed-refs";
  if (name === "HEAD" || name.startsWith("refs/")) return "ref";
  return FREE.test(name) ? "free" : "file";
}

const FREE = new RegExp(
  "^(?:COMMIT_EDITMSG|ORIG_HEAD|FETCH_HEAD|AUTO_MERGE|info\\/refs|gc\\.(?:pid|log)(?:\\.lock)?|packed-refs\\.lock|MERGE_RR|fsmonitor--daemon[^/]*|" +
    "(?:logs|rr-cache|lfs|fsmonitor--daemon)/.*)$",
);

/** Folders by which git knows that something is going on, were they empty. */
export const UNDER_WAY = new Set(["rebase-apply", "rebase-merge", "sequencer"]);

/** In the main work tree's folder, seen from a linked one: what its owner works with. Source: git-worktree(1), "REFS". */
export const MAIN_ONES_OWN =
  /^(?:[A-Z_]+_HEAD|BISECT_|MERGE_|SQUASH_MSG|index\.lock|rebase-|sequencer(?:\/|$)|refs\/(?:bisect|worktree|rewritten)\/)/;

/** Of another work tree's folder: what stays as it is while its owner works. */
export const STEADY = new Set(["gitdir", "commondir", "locked", "config.worktree"]);
