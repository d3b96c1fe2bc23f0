import type { TreePath } from "../base/tree_path.ts";
import { hasOddBytes } from "../base/tree_path.ts";
import { sha256OfFile } from "../base/digest.ts";
import { messageOf } from "../base/errors.ts";
import { Git } from "./git.ts";
import { parseStatus, type Status, STATUS_ARGS } from "./status.ts";

/** What is known of a repository at one moment. */
export interface Snapshot {
  readonly status: Status;
  /** For each path that git status names: what is there, so that two snapshots can be told apart. */
  readonly content: ReadonlyMap<TreePath, string>;
  /** `git diff --stat` of the work tree against the index, as text for people. */
  readonly diffStat: Uint8Array;
}

/** Folders of codex-dispatch and of upload tools that are no part of the tree. Source: 0.1.1. */
const NOT_OF_THE_TREE = /(^|\/)\.codex-dispatch(\/|$)/;

/** Reads a repository as it is now. Runs nothing that stands in it, and changes nothing. */
export async function takeSnapshot(
  root: string,
  environment: Readonly<Record<string, string>>,
): Promise<Snapshot> {
  const git = new Git(root, environment);
  const all = parseStatus(await git.readTree(STATUS_ARGS));
  const status = { ...all, entries: all.entries.filter((entry) => !NOT_OF_THE_TREE.test(entry.path)) };
  const diff = readDiffStat(git);
  const content = new Map<TreePath, string>();
  for (const entry of status.entries) content.set(entry.path, await identify(root, entry.path));
  return { status, content, diffStat: await diff };
}

/** Text for people: where git cannot tell (a pipe in a tracked file's place), it says why. */
async function readDiffStat(git: Git): Promise<Uint8Array> {
  try {
    return await git.readTree(["diff", "--stat", "--no-ext-diff", "--no-textconv", "--no-renames"]);
  } catch (error) {
    return new TextEncoder().encode(`${messageOf(error)}\n`);
  }
}

/** The paths that a move of HEAD touched, for those that no status shows any more. */
export async function pathsBetween(
  commits: readonly [string, string],
  root: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly TreePath[]> {
  const git = new Git(root, environment);
  const output = await git.read(["diff-tree", "-r", "-z", "--name-only", "--no-renames", ...commits]);
  return parseNames(output);
}

function parseNames(output: Uint8Array): TreePath[] {
  return new TextDecoder().decode(output).split("\0").filter((name) => name !== "");
}

async function identify(root: string, path: TreePath): Promise<string> {
  if (hasOddBytes(path)) return "unreadable name";
  const absolute = `${root}/${path}`;
  try {
    const info = await Deno.lstat(absolute);
    const mode = (info.mode ?? 0).toString(8);
    if (info.isSymlink) return `link ${await Deno.readLink(absolute)}`;
    if (!info.isFile) return `other ${mode}`;
    return `file ${mode} ${await sha256OfFile(absolute)}`;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "missing" : "unreadable";
  }
}
