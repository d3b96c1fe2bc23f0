import * as path from "node:path";
import { isRunId } from "./run_id.ts";
import { isThere } from "../base/is_there.ts";

/** Begin the names, beside a run directory, of what is to take its place and of what stood there. */
export const FRESH = ".new-";
export const OLD = ".old-";

/** The run that a folder beside the run directories is about; undefined for another. */
export function aboutRun(name: string): string | undefined {
  return [FRESH, OLD].flatMap((prefix) => name.startsWith(prefix) ? [name.slice(prefix.length)] : [])[0];
}

/** Whether a name among the run directories is one's own, or of what is to take its place or stood there. */
export function isAboutRun(name: string): boolean {
  return isRunId(aboutRun(name) ?? name);
}

/**
 * Makes a run directory, or makes it anew. It appears whole or not at all: `fill` writes what it holds from the first moment.
 * It never takes one that is there, unless it is to be replaced.
 *
 * @throws what the file system says; then nothing is left of it
 */
export async function placeRunFolder(
  folder: string,
  { fill, replace }: { readonly fill: (fresh: string) => void; readonly replace: boolean },
): Promise<void> {
  const [fresh, old] = [FRESH, OLD].map((prefix) =>
    path.join(path.dirname(folder), `${prefix}${path.basename(folder)}`)
  ) as [string, string];
  try {
    await removeWhole(fresh);
    await Deno.mkdir(fresh, { mode: 0o700 });
    fill(fresh);
    if (isThere(folder)) {
      if (!replace) throw new Deno.errors.AlreadyExists("something of that name is there");
      await removeWhole(old);
      await Deno.rename(folder, old);
    }
    await Deno.rename(fresh, folder);
  } catch (error) {
    await removeWhole(fresh).catch(() => {});
    throw error;
  }
  await removeWhole(old);
}

/**
 * Makes the folder again, and those above it that are missing. What stands in the way (a link, a file) is removed, and a
 * folder that its owner may not write to is opened for him.
 */
export async function restoreFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  const info = await Deno.lstat(folder).catch(() => undefined);
  if (info?.isDirectory) {
    if (((info.mode ?? 0o700) & 0o700) !== 0o700) {
      await Deno.chmod(folder, (info.mode ?? 0) & 0o7777 | 0o700).catch(() => {});
    }
    if (await Deno.realPath(folder).catch(() => "") === folder) return;
  }
  if (parent !== folder) await restoreFolder(parent);
  const stands = await Deno.lstat(folder).catch(() => undefined);
  if (stands?.isDirectory) {
    if (((stands.mode ?? 0o700) & 0o700) !== 0o700) {
      await Deno.chmod(folder, (stands.mode ?? 0) & 0o7777 | 0o700);
    }
    return;
  }
  if (stands) await Deno.remove(folder);
  await Deno.mkdir(folder, { mode: 0o700 });
}

/** Removes whatever stands at a path, folders that were shut included. Follows no link. */
export async function removeWhole(file: string): Promise<void> {
  try {
    await Deno.remove(file, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    await openFolders(file);
    await Deno.remove(file, { recursive: true });
  }
}

async function openFolders(folder: string): Promise<void> {
  if (!(await Deno.lstat(folder)).isDirectory) return;
  await Deno.chmod(folder, 0o700);
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await openFolders(path.join(folder, name));
  }
}
