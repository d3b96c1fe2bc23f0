import * as path from "node:path";
import * as z from "zod/mini";
import { hasOddBytes, showPath, type TreePath } from "../../base/tree_path.ts";
import { isRepository } from "../../evidence/entry_lookups.ts";
import { hashFile } from "../../evidence/content.ts";
import type { Entries, Entry, Walker } from "../../evidence/entry.ts";
import { isForGit, patchBetween, readSide, type Side } from "../../evidence/patch_between.ts";
import { compileScope, type Scope } from "../../evidence/scope.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { CopyRecordSchema, keepCopy, openCopy } from "./kept_copy.ts";
import { copyTree } from "./tree_copy.ts";

export interface ScopePlace {
  /** Root of the work tree. */
  readonly repository: string;
  readonly scope: readonly ScopeEntry[];
  readonly walker: Walker;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a run did to its scope since the scope was kept. */
export interface PartialWork {
  /** Paths that are not as they were. */
  readonly changed: readonly TreePath[];
  /** Of these: what cannot be put back, a name that is no text among them. */
  readonly lost: readonly TreePath[];
  /** The change at these of the changed paths as a patch, made in a folder out of the tree. */
  readonly patch: (paths: readonly TreePath[], scratch: string) => Promise<ScopePatch>;
  /** Puts everything back as it was kept. */
  readonly restore: () => Promise<void>;
}

export interface ScopePatch {
  readonly bytes: Uint8Array;
  /** What git cannot express, or what is too large. */
  readonly omits: readonly TreePath[];
}

/** By what a kept scope is known: what it granted, as it stood in the tree, and the copy of it. */
export const KeptScopeSchema = z.object({
  entries: z.array(z.object({
    path: z.string(),
    kind: z.string(),
    mode: z.number(),
    target: z.optional(z.string()),
  })),
  copy: CopyRecordSchema,
});
export type KeptScope = z.infer<typeof KeptScopeSchema>;

/**
 * Keeps what a worker may write in a folder out of its reach, byte for byte, so that it can be put back after a crash. What was
 * kept there before is replaced.
 */
export async function keepScope(folder: string, place: ScopePlace): Promise<KeptScope> {
  const { repository: root, walker, environment } = place;
  const all = await walkTree(root, walker);
  const granted = inScope(all, place);
  const copy = await keepCopy(folder, {
    root,
    entries: all,
    isChosen: (file) => granted.has(file),
    walker,
    environment,
  });
  const entries = [...granted].map(([path, { kind, mode, target }]) => ({ path, kind, mode, target }));
  return { entries, copy };
}

/**
 * Holds the tree against what was kept of it.
 *
 * @throws DispatchError (exit 3) if what was kept is not as it was
 */
export async function readPartialWork(
  content: string,
  { kept: { entries, copy }, ...place }: ScopePlace & { readonly kept: KeptScope },
): Promise<PartialWork> {
  const { repository, walker, environment } = place;
  const copies = await openCopy(content, { record: copy, walker });
  const kept = new Map(entries.map((each) => [each.path, each]));
  const digests = new Map(copy.map((each) => [each.path, each.digest]));
  const now = inScope(await walkTree(repository, walker), place);
  const changed = [...new Set([...kept.keys(), ...now.keys()])].filter((file) => {
    const [before, after] = [kept.get(file), now.get(file)];
    if (!before || !after || before.kind !== after.kind || before.mode !== after.mode) return true;
    if (before.kind === "link") return before.target !== after.target;
    return before.kind === "file" && digests.get(file) !== hashFile(walker, repository, file);
  }).sort();
  const lost = changed.filter((file) => hasOddBytes(file) || !PLAIN.has(kept.get(file)?.kind ?? "file"));
  const patch = async (paths: readonly TreePath[], scratch: string): Promise<ScopePatch> => {
    const before = new Map<TreePath, Side>();
    const after = new Map<TreePath, Side>();
    const omits: TreePath[] = [];
    for (const file of paths) {
      const [old, fresh] = [kept.has(file) ? copies.get(file) : undefined, now.get(file)];
      // A folder is in a patch by what lies in it.
      if ((old ?? fresh)?.kind === "folder" && (fresh ?? old)?.kind === "folder") continue;
      const was = old && old.kind !== "folder"
        ? readSide(walker, { root: content, path: file, entry: old })
        : undefined;
      const is = fresh && fresh.kind !== "folder"
        ? readSide(walker, { root: repository, path: file, entry: fresh })
        : undefined;
      if (was) before.set(file, was);
      if (is) after.set(file, is);
      if (!was && !is) omits.push(file);
    }
    const bytes = before.size + after.size === 0
      ? new Uint8Array(0)
      : await patchBetween(before, after, { scratch, environment });
    return { bytes, omits };
  };
  const isChanged = new Set(changed);
  const restore = async (): Promise<void> => {
    // What lies deeper goes first; a folder that was there is emptied by what lies in it.
    for (const file of changed.toReversed()) {
      const isFolder = now.get(file)?.kind === "folder";
      if (!now.has(file) || (isFolder && kept.get(file)?.kind === "folder")) continue;
      await Deno.remove(path.join(repository, file)).catch((error) => {
        // What git keeps of a repository that was made in it is in no scope, and stays.
        if (!isFolder || kept.has(file)) throw error;
      });
    }
    const back = [...copies].filter(([file]) => kept.has(file) && isChanged.has(file));
    const { finishFolders } = await copyTree({ from: content, to: repository, entries: back });
    finishFolders();
  };
  return { changed, lost, patch, restore };
}

/** Kinds of entries that have a copy. */
const PLAIN: ReadonlySet<string> = new Set(["file", "folder", "link"]);

async function walkTree(root: string, walker: Walker): Promise<Entries> {
  return await walker.walk(root, isRepository);
}

/** The entries that the scope grants; what git keeps of itself is in no scope. */
function inScope(all: Entries, { scope }: ScopePlace): Map<TreePath, Entry> {
  const isGranted: Scope = compileScope(scope);
  return new Map([...all].filter(([file]) => isGranted(file) && isForGit(file)));
}

/** What cannot be put back, in words. Pure. */
export function lostSentence(lost: readonly TreePath[]): string {
  return `What stood at ${
    lost.slice(0, 5).map((file) => `"${showPath(file)}"`).join(", ")
  } cannot be put back.`;
}
