import * as path from "node:path";
import * as z from "zod/mini";
import { DispatchError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_codes.ts";
import { foldersAbove, hasOddBytes, showPath, type TreePath } from "../../base/tree_path.ts";
import { isRepository } from "../../evidence/entry_lookups.ts";
import { fingerprint, hashFile } from "../../evidence/content.ts";
import type { Entries, Entry, Walker } from "../../evidence/entry.ts";
import { isForGit, patchBetween, readSide, type Side } from "../../evidence/patch_between.ts";
import { compileScope, type Scope } from "../../evidence/scope.ts";
import type { ScopeEntry } from "../../packet/scope_entry.ts";
import { writeWhole } from "../../records/write_file.ts";
import { removeTree } from "./remove_tree.ts";
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

const ENTRIES = "entries.json";
const CONTENT = "content";

/**
 * Keeps what a worker may write in a folder out of its reach, byte for byte, so that it can be put back after a crash. What was
 * kept there before is replaced.
 */
export async function keepScope(folder: string, place: ScopePlace): Promise<void> {
  const { repository, walker, environment } = place;
  await removeTree(folder, environment);
  const content = path.join(folder, CONTENT);
  await Deno.mkdir(content, { recursive: true, mode: 0o700 });
  const entries = await inScope(place);
  // The folders above come along, so that there is something to copy into.
  const wanted = new Set(entries.flatMap(([file]) => [file, ...foldersAbove(file)]));
  const copied = [...await walkTree(repository, walker)].filter(([file]) => wanted.has(file));
  await copyTree({ from: repository, to: content, entries: copied });
  const kept = entries.map(([file, { kind, mode, target }]) => {
    const digest = kind === "file" ? hashFile(walker, content, file) : undefined;
    return { path: file, kind, mode, target, digest };
  });
  writeWhole(path.join(folder, ENTRIES), JSON.stringify(kept));
}

/** Holds the tree against what was kept of it. */
export async function readPartialWork(folder: string, place: ScopePlace): Promise<PartialWork> {
  const { repository, walker, environment } = place;
  const content = path.join(folder, CONTENT);
  const kept = new Map(
    KeptSchema.parse(JSON.parse(await Deno.readTextFile(path.join(folder, ENTRIES)))).map((
      each,
    ) => [each.path, each]),
  );
  const copies = await walkTree(content, walker);
  refuseForged(
    folder,
    [...kept.values()].filter(({ path: file, digest }) =>
      digest !== undefined && hashFile(walker, content, file) !== digest
    ),
  );
  const now = new Map(await inScope(place));
  const changed = [...new Set([...kept.keys(), ...now.keys()])].filter((file) => {
    const [before, after] = [kept.get(file), now.get(file)];
    if (!before || !after || before.kind !== after.kind || before.mode !== after.mode) return true;
    if (before.kind !== "file" && before.kind !== "link") return false;
    return fingerprint(walker, content, file) !== fingerprint(walker, repository, file);
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
      const isSame = now.get(file)?.kind === "folder" && kept.get(file)?.kind === "folder";
      if (now.has(file) && !isSame) await Deno.remove(path.join(repository, file));
    }
    const back = [...copies].filter(([file]) => kept.has(file) && isChanged.has(file));
    const { finishFolders } = await copyTree({ from: content, to: repository, entries: back });
    finishFolders();
  };
  return { changed, lost, patch, restore };
}

/** Kinds of entries that have a copy. */
const PLAIN: ReadonlySet<string> = new Set(["file", "folder", "link"]);

const KeptSchema = z.array(z.object({
  path: z.string(),
  kind: z.string(),
  mode: z.number(),
  target: z.optional(z.string()),
  digest: z.optional(z.string()),
}));

/** @throws DispatchError (exit 3) if what was kept is not what is there any more */
function refuseForged(folder: string, forged: readonly { readonly path: TreePath }[]): void {
  if (forged.length === 0) return;
  const names = forged.slice(0, 5).map((each) => `"${showPath(each.path)}"`).join(", ");
  const message =
    `What was kept of ${names} in "${folder}" was changed by another hand than codex-dispatch: it is not put back.`;
  throw new DispatchError(EXIT.violation, [{ code: "pipeline-tampered", message }]);
}

async function walkTree(root: string, walker: Walker): Promise<Entries> {
  return await walker.walk(root, isRepository);
}

/** The entries that the scope grants; what git keeps of itself is in no scope. */
async function inScope({ repository, scope, walker }: ScopePlace): Promise<[TreePath, Entry][]> {
  const isGranted: Scope = compileScope(scope);
  return [...await walkTree(repository, walker)].filter(([file]) => isGranted(file) && isForGit(file));
}

/** What cannot be put back, in words. Pure. */
export function lostSentence(lost: readonly TreePath[]): string {
  return `What stood at ${
    lost.slice(0, 5).map((file) => `"${showPath(file)}"`).join(", ")
  } cannot be put back.`;
}
