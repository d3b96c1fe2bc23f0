import * as path from "node:path";
import { fingerprint } from "../evidence/content.ts";
import { Git } from "../evidence/git.ts";
import { makeScratchRepository } from "../evidence/scratch_repository.ts";
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
import { oneLine, plural } from "../base/text.ts";

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
  const paths = Object.keys(seal.left);
  using _lock = await lockWorkTree(seal.repository, {
    folder: locksFolder(state),
    shared: false,
    holder: { what: "revert of run", id: run.id },
    noWait: true,
    within: [],
    now: () => new Date(),
    interrupt: new AbortController().signal,
    report: () => {},
  });
  refuseChangedSince(seal);
  const patch = await Deno.readFile(path.join(run.folder, ARTIFACTS.patch));
  if (patch.length > 0) await applyReversed(patch, seal.repository, { state, environment });
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
    ...review === undefined ? [] : [`${REVIEW_FILE} ${review === "missing" ? "is" : "was"} ${review}`],
  ];
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

function refuseChangedSince({ repository, left }: Seal): void {
  const walker = bestWalker();
  const changed = Object.entries(left).filter(([file, print]) =>
    fingerprint(walker, repository, file) !== print
  );
  if (changed.length === 0) return;
  const names = changed.slice(0, 10).map(([file]) => `"${file}"`).join(", ");
  const message = `${
    plural(changed.length, "file")
  } changed since the run: ${names}. Nothing was taken back.`;
  throw new DispatchError(EXIT.refused, [{ code: "changed-since", message }]);
}

/** In a repository of ours, so that no setting, attribute or filter of the user's changes a byte on the way. */
async function applyReversed(
  patch: Uint8Array,
  repository: string,
  { state, environment }: { readonly state: string; readonly environment: Readonly<Record<string, string>> },
): Promise<void> {
  const scratch = await Deno.makeTempDir({ dir: state, prefix: "revert-" });
  try {
    await makeScratchRepository(scratch, { bare: true });
    const git = new Git(repository, environment);
    const args = ["apply", "--reverse", "--whitespace=nowarn", "-"];
    const { code, stderr } = await git.run(args, { stdin: patch, env: { GIT_DIR: scratch } });
    if (code === 0) return;
    const message = `The patch cannot be taken back: ${
      oneLine(new TextDecoder().decode(stderr), 400)
    }. Nothing was changed.`;
    throw new DispatchError(EXIT.refused, [{ code: "revert-failed", message }]);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
