import * as path from "node:path";
import { showPath, type TreePath } from "../../base/tree_path.ts";
import type { Copier, IndexStat } from "./copier.ts";

/**
 * The copier of every platform, by way of Deno: the one for macOS, whose file system shares the bytes. Deno tells times in
 * milliseconds; what git makes of it is that it reads a file once more.
 */
export function portableCopier(from: string, to: string): Copier {
  return {
    makeFolder: (folder) => makeFolder(to, folder),
    copyFile: async (file, entry) => {
      makeFolder(to, parentOf(file));
      const [source, target] = [`${from}/${file}`, `${to}/${file}`];
      const info = await Deno.lstat(source).catch(ifGone);
      if (!info) return undefined;
      if (!info.isFile) {
        throw new Error(`"${showPath(file)}" was replaced by something else while it was copied`);
      }
      // Over what stands there it would write through a link.
      if (await Deno.lstat(target).catch(ifGone)) {
        throw new Error(`"${showPath(file)}" cannot be written: something stands there`);
      }
      await Deno.copyFile(source, target);
      await Deno.chmod(target, entry.mode & 0o1777 | 0o200);
      await Deno.utime(target, info.atime ?? new Date(), info.mtime ?? new Date());
      await Deno.chmod(target, entry.mode & 0o1777);
      return indexStat(await Deno.lstat(target));
    },
    makeLink: (link, entry) => {
      makeFolder(to, parentOf(link));
      Deno.symlinkSync(entry.target ?? "", `${to}/${link}`);
      return indexStat(Deno.lstatSync(`${to}/${link}`));
    },
    linkFile: (file, existing) => {
      makeFolder(to, parentOf(file));
      Deno.linkSync(`${to}/${existing}`, `${to}/${file}`);
    },
    finishFolder: (folder, entry) => {
      const target = folder === "" ? to : `${to}/${folder}`;
      Deno.utimeSync(target, new Date(), new Date(entry.mtime / 1000));
      Deno.chmodSync(target, entry.mode & 0o1777);
    },
    [Symbol.dispose]: () => {},
  };
}

function makeFolder(root: string, folder: TreePath): void {
  if (folder === "") return;
  makeFolder(root, parentOf(folder));
  try {
    Deno.mkdirSync(`${root}/${folder}`, { mode: 0o700 });
  } catch (error) {
    if (!Deno.lstatSync(`${root}/${folder}`).isDirectory) throw error;
  }
}

function parentOf(file: TreePath): TreePath {
  const parent = path.posix.dirname(file);
  return parent === "." ? "" : parent;
}

function ifGone(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function indexStat(info: Deno.FileInfo): IndexStat {
  return {
    ctime: timeOf(info.ctime),
    mtime: timeOf(info.mtime),
    device: info.dev % 2 ** 32,
    inode: (info.ino ?? 0) % 2 ** 32,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    size: info.size % 2 ** 32,
  };
}

function timeOf(time: Date | null): [number, number] {
  const ms = time?.getTime() ?? 0;
  return [Math.floor(ms / 1000), ms % 1000 * 1_000_000];
}
