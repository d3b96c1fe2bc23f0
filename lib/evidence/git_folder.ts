import * as path from "node:path";

/** Where a work tree's repository lies. */
export interface GitFolder {
  /** The work tree. */
  readonly root: string;
  /** The folder of this work tree: its HEAD and its index are here. */
  readonly own: string;
  /** The folder that all work trees of the repository share: refs and config are here. The same for a plain one. */
  readonly shared: string;
  /** What `.git` is, so that one in its place is told apart: kind, device, inode, and where it points. */
  readonly identity: string;
}

/** Finds the repository of the work tree at `root`; undefined if there is none. Source: gitrepository-layout(5). */
export async function findGitFolder(root: string): Promise<GitFolder | undefined> {
  const dotGit = path.join(root, ".git");
  try {
    const info = await Deno.lstat(dotGit);
    const kind = info.isDirectory ? "folder" : info.isFile ? "file" : info.isSymlink ? "link" : "other";
    const own = info.isFile ? await followGitFile(dotGit) : await Deno.realPath(dotGit);
    const common = await readIfFile(path.join(own, "commondir"));
    const shared = common === undefined ? own : await Deno.realPath(path.resolve(own, common.trim()));
    return { root, own, shared, identity: `${kind} ${info.dev}:${info.ino} ${own} ${shared}` };
  } catch {
    return undefined;
  }
}

/**
 * A pipe in its place would be waited for without end, and one that is very large read without end.
 *
 * @throws Error if it is larger than a path can be
 */
async function readIfFile(file: string): Promise<string | undefined> {
  const info = await Deno.stat(file).catch(() => undefined);
  if (!info?.isFile) return undefined;
  if (info.size > MOST_OF_A_PATH) throw new Error(`"${file}" is too large to name a folder`);
  return await Deno.readTextFile(file);
}

const MOST_OF_A_PATH = 64 * 1024;

async function followGitFile(file: string): Promise<string> {
  const target = /^gitdir: (.+?)\s*$/.exec(await readIfFile(file) ?? "")?.[1];
  if (target === undefined) throw new Error(`"${file}" does not say where the repository is`);
  return await Deno.realPath(path.resolve(path.dirname(file), target));
}
