import * as path from "node:path";
import type { Entry, Walker } from "../../evidence/entry.ts";
import { bestWalker } from "../../evidence/walker.ts";
import { messageOf, refusal } from "../../base/errors.ts";
import { isInside } from "../../base/is_inside.ts";
import type { TreePath } from "../../base/tree_path.ts";
import { makeBorrowedRepository } from "./borrowed_repository.ts";
import { type CheckoutPlan, noteOn, planCheckout } from "./checkout_plan.ts";
import { removeTree } from "./remove_tree.ts";
import { copyTree } from "./tree_copy.ts";
import { readWorkTree, type WorkTree } from "./work_tree.ts";

/** A repository of its own outside of the tree, with what the tree held when it was made. Disposing removes it. */
export interface CleanCheckout extends AsyncDisposable {
  /** Real path of its work tree. */
  readonly root: string;
  /** What is not in it as it is in the tree, in sentences. */
  readonly notes: readonly string[];
  /** Where a path of the original tree, absolute, is here; undefined if it is none of it. */
  readonly toCheckout: (original: string) => string | undefined;
  /** The other way round. */
  readonly toOriginal: (here: string) => string | undefined;
  /** Removes it. Undefined if nothing is left, else why: the next run that sweeps tries again. */
  readonly remove: () => Promise<string | undefined>;
}

/** Entries of another folder that a checkout gets, in the place of what the tree holds there now. */
export interface Overlay {
  readonly from: string;
  readonly entries: readonly (readonly [TreePath, Entry])[];
  /** Whether what the tree holds at a path is left out for it. */
  readonly replaces: (path: TreePath) => boolean;
}

export interface CleanCheckoutOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** A folder outside of the tree, open to its owner alone: see `openScratch`. */
  readonly parent: string;
  /** The tree as it is now, if it is known already. A change since then is the caller's to find. */
  readonly tree?: WorkTree | undefined;
  /** The tree before the pipeline. Without it, what somebody had git ignore since is left out like any ignored file. */
  readonly before?: WorkTree | undefined;
  /** Folders of our own records, from the root. */
  readonly records: readonly TreePath[];
  /** Carried dependencies, the instructions of before. */
  readonly overlays?: readonly Overlay[];
  readonly signal?: AbortSignal | undefined;
  readonly walker?: Walker;
}

/** The folder of the checkouts in a scratch folder. */
const CHECKOUTS = "checkouts";

/**
 * Makes a clean checkout of a repository: what is tracked, and what is neither tracked nor ignored, byte for byte as it stands
 * in the tree, by copying and not by git, so that no filter runs; folders without content too; repositories within the tree as
 * repositories of their own. Pipes, sockets and devices are left out. Links are copied as they are written. The caller's
 * umask does not matter; set-id bits are dropped.
 *
 * Objects are borrowed: a command here that needs one fails if the original's store is emptied meanwhile.
 *
 * @throws DispatchError (exit 2) if it cannot be made; nothing is left then. The signal's reason if it is aborted.
 */
export async function openCleanCheckout(
  repository: string,
  options: CleanCheckoutOptions,
): Promise<CleanCheckout> {
  const { environment, parent, walker = bestWalker() } = options;
  const real = await Deno.realPath(parent);
  if (isInside(real, repository)) {
    throw refusal(
      "checkout-inside",
      `A clean checkout of "${repository}" cannot be made in it, at "${real}".`,
    );
  }
  const place = path.join(real, CHECKOUTS, crypto.randomUUID().slice(0, 8));
  await Deno.mkdir(place, { recursive: true, mode: 0o700 });
  const remove = (): Promise<string | undefined> => removeTree(place, environment);
  try {
    const tree = options.tree ?? await readWorkTree(repository, { environment, walker });
    const scratch = path.join(place, "scratch");
    await Deno.mkdir(scratch);
    const plan = await planCheckout(tree, { ...options, before: options.before, walker, scratch });
    await Deno.remove(scratch, { recursive: true });
    // Some tools take the folder's name for the project's.
    const root = path.join(place, path.basename(repository) || "repository");
    await Deno.mkdir(root);
    const notes = await fill(root, { tree, plan, options });
    return {
      root,
      notes: [...plan.notes, ...notes],
      toCheckout: (original) => moved(original, repository, root),
      toOriginal: (here) => moved(here, root, repository),
      remove,
      [Symbol.asyncDispose]: async () => void await remove(),
    };
  } catch (error) {
    await remove();
    options.signal?.throwIfAborted();
    if (error instanceof Error && "exit" in error) throw error;
    const message = `A clean checkout of "${repository}" cannot be made in "${real}": ${messageOf(error)}`;
    throw refusal("checkout-failed", message, { cause: error });
  }
}

async function fill(
  root: string,
  { tree, plan, options }: {
    readonly tree: WorkTree;
    readonly plan: CheckoutPlan;
    readonly options: CleanCheckoutOptions;
  },
): Promise<string[]> {
  const { overlays = [], signal, before } = options;
  const entries = plan.entries.filter(([file]) => !overlays.some(({ replaces }) => replaces(file)));
  const main = await copyTree({ from: tree.root, to: root, entries, signal });
  for (const original of plan.repositories) {
    await makeBorrowedRepository(original, {
      root: tree.root,
      target: root,
      statOf: (file) =>
        isUntouched(original.prefix + file, { tree, before })
          ? main.copied.get(original.prefix + file)
          : undefined,
    });
  }
  const parts = [main];
  for (const { from, entries } of overlays) {
    parts.push(await copyTree({ from, to: root, entries, signal, keepHardLinks: true }));
  }
  for (const { finishFolders } of parts.toReversed()) finishFolders();
  const info = await Deno.lstat(tree.root);
  await Deno.chmod(root, (info.mode ?? 0) & 0o777 | 0o700);
  return [
    ...noteOn(parts.flatMap(({ special }) => special), "no file, folder or link, and is left out"),
    ...noteOn(parts.flatMap(({ gone }) => gone), "gone since the tree was looked at, and is left out"),
  ];
}

/**
 * Whether a file is what it was before the pipeline, so that git may go by its numbers. Else git is made to read it: a worker
 * can write into the index that it knows a file which it changed.
 */
function isUntouched(
  file: TreePath,
  { tree, before }: { readonly tree: WorkTree; readonly before: WorkTree | undefined },
): boolean {
  if (before === undefined) return true;
  const [was, is] = [before.entries.get(file), tree.entries.get(file)];
  return was !== undefined && is !== undefined && was.ctime === is.ctime && was.mtime === is.mtime &&
    was.size === is.size && was.inode === is.inode && was.device === is.device &&
    before.index.get(file)?.object === tree.index.get(file)?.object;
}

function moved(file: string, from: string, to: string): string | undefined {
  const absolute = path.resolve(file);
  return isInside(absolute, from) ? path.join(to, path.relative(from, absolute)) : undefined;
}
