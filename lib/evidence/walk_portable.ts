import { hasOddBytes, type TreePath } from "../base/tree_path.ts";
import type { Entry, Walker } from "./entry.ts";
import { kindOf } from "./entry_kind.ts";

/**
 * The walker of every platform, by way of Deno: the one for macOS. Deno tells ctime in whole seconds, and Deno 2.6 leaves
 * names out that are not UTF-8, which file systems of macOS do not take.
 */
export const portableWalker: Walker = {
  granularity: 2_000_000,
  walk: async (root, skip) => {
    const entries = new Map<TreePath, Entry>();
    await list(root, "", { entries, skip });
    return entries;
  },
  read: (root, path, take) => {
    if (hasOddBytes(path)) return false;
    try {
      const absolute = `${root}/${path}`;
      if (!Deno.lstatSync(absolute).isFile) return false;
      using file = Deno.openSync(absolute, { read: true });
      for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
        if (take(buffer.subarray(0, count)) === false) return false;
      }
      return true;
    } catch {
      return false;
    }
  },
};

const buffer = new Uint8Array(256 * 1024);

interface Listing {
  readonly entries: Map<TreePath, Entry>;
  readonly skip: (path: TreePath) => boolean;
}

async function list(root: string, prefix: string, listing: Listing): Promise<void> {
  const folders: TreePath[] = [];
  for await (const { name } of Deno.readDir(`${root}/${prefix}`)) {
    const path = prefix + name;
    const entry = await describe(`${root}/${path}`);
    listing.entries.set(path, entry);
    if (entry.kind === "folder") folders.push(path);
  }
  for (const path of folders) {
    if (listing.skip(path)) continue;
    try {
      await list(root, `${path}/`, listing);
    } catch {
      const entry = listing.entries.get(path);
      if (entry) listing.entries.set(path, { ...entry, unreadable: true });
    }
  }
}

async function describe(absolute: string): Promise<Entry> {
  try {
    const info = await Deno.lstat(absolute);
    const entry: Entry = {
      kind: kindOf(info),
      mode: (info.mode ?? 0) & 0o7777,
      uid: info.uid ?? 0,
      gid: info.gid ?? 0,
      size: info.size,
      mtime: (info.mtime?.getTime() ?? 0) * 1000,
      ctime: (info.ctime?.getTime() ?? 0) * 1000,
      inode: info.ino ?? 0,
      device: info.dev,
    };
    return entry.kind === "link" ? { ...entry, target: await Deno.readLink(absolute) } : entry;
  } catch {
    return { kind: "unknown", mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, ctime: 0, inode: 0, device: 0 };
  }
}
