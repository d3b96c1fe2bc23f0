import * as path from "node:path";
import { codesOf } from "./clean_in_index.ts";
import { hashFile } from "./content.ts";
import type { Entries, Walker } from "./entry.ts";
import type { Index } from "./git_index.ts";
import { linksIn } from "./entry_lookups.ts";
import type { Status } from "./status.ts";
import { differences } from "./repository_changes.ts";
import { refusal } from "../base/errors.ts";
import { hasOddBytes, showPath, type TreePath } from "../base/tree_path.ts";
import { showCount } from "../base/text.ts";

/** What stands behind links of the tree that lead out of the repository: by link, each entry with what tells it apart. */
export type OutsideTargets = ReadonlyMap<TreePath, ReadonlyMap<string, string>>;

/** Watching costs time before every run; beyond this a run is refused. Entries behind all links together. */
const MOST_TARGETS = 1_000;

/** The links, tracked or untracked and not ignored, that lead out of the repository before a run. */
export async function linksLeadingOut(
  { root, entries, index, status, isWaived }: {
    readonly root: string;
    readonly entries: Entries;
    readonly index: Index;
    readonly status: Status;
    readonly isWaived: (path: TreePath) => boolean;
  },
): Promise<TreePath[]> {
  const codes = codesOf(status);
  const links: TreePath[] = [];
  for (const [file, entry] of linksIn(entries)) {
    if (entry.kind !== "link" || !(index.has(file) || codes.has(file)) || isWaived(file)) continue;
    if (path.isAbsolute(entry.target ?? "") || (entry.target ?? "").includes("..")) {
      // Where nothing stands behind it yet, something may come to.
      const real = await Deno.realPath(`${root}/${file}`).catch(() =>
        path.resolve(root, path.dirname(file), entry.target ?? "")
      );
      if (real !== root && !real.startsWith(`${root}/`)) links.push(file);
    }
  }
  return links.sort();
}

/**
 * Reads what stands behind links, before a run.
 *
 * @throws DispatchError (exit 2) if it is more than can be watched
 */
export async function readOutside(
  root: string,
  links: readonly TreePath[],
  walker: Walker,
): Promise<OutsideTargets> {
  const { targets, beyond } = await look(root, links, { walker, isOurs: () => false });
  if (beyond === undefined) return targets;
  const message = `The link "${showPath(beyond)}" leads out of the repository to more than can be watched ` +
    `(${showCount(MOST_TARGETS)} entries behind all such links). Let git ignore it, or waive it: --waive "${
      showPath(beyond)
    }".`;
  throw refusal("links-out", message);
}

/**
 * The same after it. More than can be watched is a change, and what could not be looked at any more is left out; so are run
 * directories, told by their absolute path, that were not there before: records may lie behind a link.
 */
export async function readOutsideAgain(
  root: string,
  before: OutsideTargets,
  { walker, isRunFolder = () => false }: {
    readonly walker: Walker;
    readonly isRunFolder?: ((folder: string) => boolean) | undefined;
  },
): Promise<OutsideTargets> {
  const isOurs = (link: TreePath, target: string, file: TreePath): boolean =>
    isRunFolder(`${target}/${file}`) && !before.get(link)?.has(file);
  const { targets, beyond } = await look(root, [...before.keys()], { walker, isOurs });
  return beyond === undefined ? targets : new Map([...targets, [beyond, new Map([["", "too much"]])]]);
}

async function look(
  root: string,
  links: readonly TreePath[],
  { walker, isOurs }: {
    readonly walker: Walker;
    readonly isOurs: (link: TreePath, target: string, file: TreePath) => boolean;
  },
): Promise<{ targets: OutsideTargets; beyond: TreePath | undefined }> {
  const targets = new Map<TreePath, ReadonlyMap<string, string>>();
  let count = 0;
  for (const link of links) {
    const seen = new Map<string, string>();
    targets.set(link, seen);
    const real = hasOddBytes(link)
      ? undefined
      : await Deno.realPath(`${root}/${link}`).catch(() => undefined);
    const info = real === undefined ? undefined : await Deno.lstat(real).catch(() => undefined);
    if (real === undefined || !info) continue;
    count++;
    seen.set("", info.isDirectory ? "folder" : "no file");
    if (info.isFile) {
      const content = hashFile(walker, path.dirname(real), path.basename(real)) ?? "unreadable";
      seen.set("", `${info.mode?.toString(8)} ${content}`);
    }
    if (info.isDirectory) {
      let folders = 0;
      const skip = (folder: TreePath): boolean =>
        isOurs(link, real, folder) || count + folders++ > MOST_TARGETS;
      const below = await walker.walk(real, skip).catch(() => undefined);
      if (below === undefined) seen.set("", "unreadable");
      count += below?.size ?? 0;
      if (count > MOST_TARGETS) return { targets, beyond: link };
      for (const [file, entry] of below ?? []) {
        if (isOurs(link, real, file)) continue;
        const content = entry.kind === "file"
          ? hashFile(walker, real, file) ?? "unreadable"
          : entry.target ?? "";
        seen.set(file, `${entry.kind} ${entry.mode.toString(8)} ${content}`);
      }
    }
    if (count > MOST_TARGETS) return { targets, beyond: link };
  }
  return { targets, beyond: undefined };
}

/** The links behind which something changed, with one example each. Pure. */
export function changedOutside(
  before: OutsideTargets,
  after: OutsideTargets,
): { link: TreePath; example: string }[] {
  return [...before].flatMap(([link, seen]) => {
    const [first] = differences(seen, after.get(link) ?? seen);
    return first === undefined
      ? []
      : [{ link, example: `${first[0] === "" ? "its target" : `"${first[0]}"`} ${first[1]}` }];
  });
}
