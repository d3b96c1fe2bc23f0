import type { Git, GitOptions } from "./git.ts";
import { listOf } from "./nul_list.ts";
import { messageOf } from "../base/errors.ts";
import { showPath, type TreePath } from "../base/tree_path.ts";

/** One line of `git status`: a path that differs from HEAD or the index, or that git does not track. */
export interface StatusEntry {
  readonly path: TreePath;
  /** Two letters as in `git status --short`: the index against HEAD, the work tree against the index; `??` untracked. */
  readonly code: string;
  /** What else git says of it (modes and object ids of HEAD and the index, a submodule's state); "" if untracked. */
  readonly detail: string;
}

export interface Status {
  /** Commit of HEAD; null before the first one. */
  readonly head: string | null;
  /** The branch that HEAD is on; null if it is detached. */
  readonly branch: string | null;
  readonly entries: readonly StatusEntry[];
  /** What git ignores: files, and folders of which it ignores all, which end in `/`. */
  readonly ignored: readonly TreePath[];
}

/** What git says of the work tree now; of submodules, only whether they are at another commit. */
export async function readStatus(git: Git): Promise<Status> {
  return parseStatus(await git.readTree(STATUS_ARGS));
}

/**
 * The same while something else reads the tree. On two processors git is kept to one of them: it would take both for its twenty
 * threads, and leave one of them idle once it is done.
 */
export async function readStatusBeside(git: Git): Promise<Status> {
  const kept = navigator.hardwareConcurrency > 2 ? [] : ["-c", "core.preloadIndex=false"];
  return parseStatus(await git.readTree([...kept, ...STATUS_ARGS]));
}

/** `git diff --stat`: text for people. Where git cannot tell (a pipe in a tracked file's place), it says why. */
export async function readDiffStat(git: Git, options: GitOptions = {}): Promise<Uint8Array> {
  try {
    return await git.readTree([
      "diff",
      "--stat",
      "--no-ext-diff",
      "--no-textconv",
      "--no-renames",
      NOT_INTO_SUBMODULES,
    ], options);
  } catch (error) {
    return new TextEncoder().encode(`${messageOf(error)}\n`);
  }
}

/** Looking into a submodule's work tree, git would run the filters that it configures for itself. */
const NOT_INTO_SUBMODULES = "--ignore-submodules=dirty";

const STATUS_ARGS = [
  "status",
  "--porcelain=v2",
  "-z",
  "--branch",
  "--untracked-files=all",
  "--ignored=matching",
  NOT_INTO_SUBMODULES,
  "--no-renames",
  "--no-ahead-behind",
] as const;

/** Reads `git status --porcelain=v2 -z --branch`. Source: git-status(1), "Porcelain Format Version 2". */
export function parseStatus(output: Uint8Array): Status {
  let head: string | null = null;
  let branch: string | null = null;
  const entries: StatusEntry[] = [];
  const ignored: TreePath[] = [];
  for (const line of listOf(output)) {
    const kind = line[0];
    if (kind === "#") {
      const [, name, value = ""] = line.split(" ");
      if (name === "branch.oid") head = value === "(initial)" ? null : value;
      if (name === "branch.head") {
        branch = value === "(detached)" ? null : line.slice("# branch.head ".length);
      }
    } else if (kind === "?") {
      entries.push({ path: line.slice(2), code: "??", detail: "" });
    } else if (kind === "!") {
      ignored.push(line.slice(2));
    } else if (kind === "1" || kind === "u") {
      const fields = kind === "1" ? 8 : 10;
      const parts = line.split(" ");
      const code = (parts[1] ?? "..").replaceAll(".", " ");
      entries.push({ path: parts.slice(fields).join(" "), code, detail: parts.slice(2, fields).join(" ") });
    }
  }
  return { head, branch, entries, ignored };
}

/** The entries as `git status --short` shows them: for people, in pre-status.txt and post-status.txt. */
export function renderStatus(entries: readonly StatusEntry[]): string {
  return entries.map((entry) => `${entry.code} ${showPath(entry.path)}\n`).join("");
}
