import * as path from "node:path";
import { changedSince } from "../evidence/changed_since.ts";
import { hashFile } from "../evidence/content.ts";
import type { Entries } from "../evidence/entry.ts";
import { isRepository } from "../evidence/entry_lookups.ts";
import type { Reversal } from "../evidence/reversal.ts";
import { takeBack } from "../evidence/take_back.ts";
import { bestWalker } from "../evidence/walker.ts";
import { lockWorkTree } from "../process/work_tree_lock.ts";
import { locksFolder } from "../records/folders.ts";
import { isUnfinished, type StoredRun } from "../records/read_runs.ts";
import { brokenReview, REVIEW_FILE } from "../records/review_file.ts";
import { ARTIFACTS } from "../records/artifacts.ts";
import { readSeal } from "../records/seal.ts";
import type { Seal } from "../records/seal_schema.ts";
import { brokenSeals, digestFolder } from "../records/folder_digests.ts";
import { DispatchError } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { isInside } from "../base/is_inside.ts";
import { plural } from "../base/text.ts";
import { hasOddBytes, showPath } from "../base/tree_path.ts";

export interface Reverted {
  /** Paths that are as they were before the run. */
  readonly paths: readonly string[];
  /** Paths that the run changed and that stay: ignored files, and what a patch cannot say. */
  readonly left: readonly string[];
}

/**
 * Takes a run's changes back, all or none of them.
 *
 * @throws DispatchError (exit 2) if files have changed since or the tree is in use, (exit 3) if the run's record was tampered with
 */
export async function revertRun(
  run: StoredRun,
  { state, environment }: { readonly state: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Reverted> {
  const seal = await requireSeal(run, state);
  const repository = await repositoryOf(run, seal);
  const reversal = reversalIn(seal);
  using _lock = await lockWorkTree(repository, {
    folder: locksFolder(state),
    shared: false,
    holder: { what: "revert of run", id: run.id },
    noWait: true,
    within: [],
    now: () => new Date(),
    interrupt: new AbortController().signal,
    report: () => {},
  });
  const entries = await refuseChangedSince(repository, reversal);
  const patch = await Deno.readFile(path.join(run.folder, ARTIFACTS.patch));
  if (patch.length > 0) {
    const failure = await takeBack(patch, { repository, reversal, entries, state, environment });
    if (failure !== undefined) {
      throw new DispatchError(EXIT.refused, [{ code: "revert-failed", message: failure }]);
    }
  }
  const paths = [...reversal.patched.keys()].map(showPath);
  const reverted = new Set(paths);
  const left = (run.policy?.changes ?? []).map((change) => change.path).filter((each) => !reverted.has(each));
  return { paths, left };
}

/**
 * The names in a run directory that are not as the run left them, with what happened to each.
 *
 * @throws DispatchError (exit 1) if this machine holds no digests of the run
 */
export async function verifyRun(run: StoredRun, state: string): Promise<string[]> {
  // One that was killed before its verdict was in its place may have been sealed.
  const seal = isUnfinished(run.policy) ? undefined : await readSeal(state, run.id);
  if (!seal) {
    const message =
      `No digests of the run "${run.id}" are held here: it was made on another machine or by another user, ` +
      "it did not come to its end, or its state folder was removed.";
    throw new DispatchError(EXIT.badInput, [{ code: "run-unsealed", message }]);
  }
  const review = brokenReview(run.folder, state);
  return [
    ...brokenSeals(seal.artifacts, await digestFolder(run.folder)),
    ...await strangeNames(run.folder),
    ...review === undefined ? [] : [`${REVIEW_FILE} ${review === "missing" ? "is" : "was"} ${review}`],
  ];
}

/** Names that Deno does not list, or cannot open: the run wrote none of them. */
async function strangeNames(folder: string): Promise<string[]> {
  const entries = await bestWalker().walk(folder, () => true);
  return [...entries.keys()].filter(hasOddBytes).map((name) => `${showPath(name)} was added`);
}

/** The tree of a run: where its record lies in it, the tree that holds the record now, which may be a copy or have been moved. */
async function repositoryOf(run: StoredRun, { run_dir, repository }: Seal): Promise<string> {
  const place = isInside(run_dir, repository)
    ? path.resolve(await Deno.realPath(run.folder), path.relative(run_dir, repository))
    : repository;
  if (await Deno.stat(place).then(({ isDirectory }) => isDirectory, () => false)) return place;
  const message =
    `The work tree of the run "${run.id}" was "${place}", which is not there: it was moved, or was ` +
    "a checkout of its own. Nothing was taken back.";
  throw new DispatchError(EXIT.refused, [{ code: "repository-gone", message }]);
}

async function requireSeal(run: StoredRun, state: string): Promise<Seal> {
  const broken = await verifyRun(run, state);
  if (broken.length > 0) {
    const message = `The record of the run "${run.id}" was tampered with: ${
      broken.join(", ")
    }. Nothing is taken back by it.`;
    throw new DispatchError(EXIT.violation, [{ code: "run-tampered", message }]);
  }
  const seal = await readSeal(state, run.id);
  if (!seal) throw new Error("the seal is gone between two looks");
  return seal;
}

function reversalIn({ patched, folders }: Seal): Reversal {
  return {
    patched: new Map(patched.map(({ path, left, mode_before }) => [path, { left, modeBefore: mode_before }])),
    folders: new Map(folders.map(({ path, mode }) => [path, mode])),
  };
}

/** Returns what stands in the tree. */
async function refuseChangedSince(repository: string, reversal: Reversal): Promise<Entries> {
  const walker = bestWalker();
  const entries = await walker.walk(repository, isRepository);
  const changed = changedSince(reversal, entries, (file) => hashFile(walker, repository, file));
  if (changed.length === 0) return entries;
  const names = changed.slice(0, 10).map((file) => `"${showPath(file)}"`).join(", ");
  const message = `${
    plural(changed.length, "path")
  } changed since the run: ${names}. Nothing was taken back.`;
  throw new DispatchError(EXIT.refused, [{ code: "changed-since", message }]);
}
