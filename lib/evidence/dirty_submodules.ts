import * as path from "node:path";
import { Git } from "./git.ts";
import type { Index } from "./git_index.ts";
import { INDEX_ARGS, parseIndex } from "./index_listing.ts";
import { unusualIn } from "./recorded_index.ts";
import { readStatus, type Status } from "./status.ts";
import type { TreePath } from "../base/tree_path.ts";

interface Surroundings {
  /** The root of the work tree that the submodules are in. */
  readonly root: string;
  readonly index: Index;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The status with a mark on every submodule whose work tree is dirty. Asked from outside, git would run the filters that
 * the submodule configures for itself; so it is asked in each of them, with those switched off.
 */
export async function withDirtySubmodules(status: Status, surroundings: Surroundings): Promise<Status> {
  const dirty = new Set(await dirtySubmodules(surroundings));
  if (dirty.size === 0) return status;
  const listed = new Set(status.entries.map((entry) => entry.path));
  const marked = status.entries.map((entry) =>
    dirty.has(entry.path) ? { ...entry, code: `${entry.code[0]}M` } : entry
  );
  const added = [...dirty].filter((file) => !listed.has(file)).map((file) => ({
    path: file,
    code: " M",
    detail: "S.M.",
  }));
  const isTracked = ({ code }: { code: string }): boolean => code !== "??";
  const tracked = [...marked.filter(isTracked), ...added].sort((a, b) => a.path < b.path ? -1 : 1);
  return { ...status, entries: [...tracked, ...marked.filter((entry) => !isTracked(entry))] };
}

async function dirtySubmodules({ root, index, environment }: Surroundings): Promise<TreePath[]> {
  const dirty: TreePath[] = [];
  for (const [file, { mode }] of unusualIn(index)) {
    if (mode === "160000" && await isDirty(path.join(root, file), environment)) dirty.push(file);
  }
  return dirty;
}

async function isDirty(folder: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const populated = await Deno.lstat(path.join(folder, ".git")).then(() => true, () => false);
  if (!populated) return false;
  const git = new Git(folder, environment, { here: true });
  try {
    if ((await readStatus(git)).entries.length > 0) return true;
    const index = parseIndex(await git.read(INDEX_ARGS));
    return (await dirtySubmodules({ root: folder, index, environment })).length > 0;
  } catch {
    // What git cannot read is not as it was checked out.
    return true;
  }
}
