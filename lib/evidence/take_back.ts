import * as path from "node:path";
import { changedSince } from "./changed_since.ts";
import { hashFile } from "./content.ts";
import type { Entries, Entry } from "./entry.ts";
import { isRepository } from "./entry_lookups.ts";
import { Git } from "./git.ts";
import type { Reversal } from "./reversal.ts";
import { makeScratchRepository, scratchEnvironment } from "./scratch_repository.ts";
import { bestWalker } from "./walker.ts";
import { oneLine } from "../base/text.ts";
import { hasOddBytes, showPath, type TreePath } from "../base/tree_path.ts";

interface TakeBackOptions {
  readonly repository: string;
  readonly reversal: Reversal;
  /** What stands in the tree: nothing of it has changed since the run. */
  readonly entries: Entries;
  readonly state: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Applies a run's patch the other way round, with the modes and folders that it does not tell. It is applied by a repository of
 * ours, so that no setting, attribute or filter of anybody's changes a byte on the way.
 *
 * @returns why it could not be, in which case what was changed is put back; undefined if all went well
 */
export async function takeBack(patch: Uint8Array, options: TakeBackOptions): Promise<string | undefined> {
  const { repository, environment } = options;
  const scratch = await Deno.makeTempDir({ dir: options.state, prefix: "revert-" });
  try {
    await makeScratchRepository(scratch, { bare: true });
    const kept = path.join(scratch, "kept");
    keepCopies(kept, options);
    const git = new Git(repository, scratchEnvironment(scratch, environment));
    const args = ["apply", "--reverse", "--whitespace=nowarn", "-"];
    const { code, stderr } = await git.run(args, { stdin: patch, env: { GIT_DIR: scratch } });
    if (code === 0) return void restoreModes(options);
    const why = oneLine(new TextDecoder().decode(stderr), 400);
    return `The patch cannot be taken back: ${why}. ${await putBack(kept, options)}`;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Copies of the files that are to go or to change, each named by its place in the list. */
function keepCopies(folder: string, { repository, reversal, entries }: TakeBackOptions): void {
  const walker = bestWalker();
  Deno.mkdirSync(folder, { mode: 0o700 });
  for (const [at, file] of [...reversal.patched.keys()].entries()) {
    if (entries.get(file)?.kind !== "file") continue;
    using copy = Deno.openSync(path.join(folder, `${at}`), { write: true, createNew: true, mode: 0o600 });
    walker.read(repository, file, (bytes) => {
      for (let written = 0; written < bytes.length;) written += copy.writeSync(bytes.subarray(written));
    });
  }
}

/** Makes what stands there what the run left again, after git gave up half way. Returns a sentence about it. */
async function putBack(kept: string, { repository, reversal, entries }: TakeBackOptions): Promise<string> {
  const walker = bestWalker();
  const broken = async (): Promise<Set<TreePath>> => {
    const now = await walker.walk(repository, isRepository);
    return new Set(changedSince(reversal, now, (file) => hashFile(walker, repository, file)));
  };
  const toMend = await broken();
  const places = [...reversal.patched.keys()];
  const removed = (file: TreePath): boolean => !entries.has(file) || entries.get(file)?.kind === "folder";
  // What came back goes first: it may stand where a folder has to be.
  for (const file of [...places.filter(removed), ...places.filter((each) => !removed(each))]) {
    if (!toMend.has(file) || hasOddBytes(file)) continue;
    try {
      putBackOne(`${repository}/${file}`, path.join(kept, `${places.indexOf(file)}`), entries.get(file));
    } catch {
      // It is told below.
    }
  }
  const left = [...await broken()].map((file) => `"${showPath(file)}"`);
  return left.length === 0
    ? "Nothing was changed."
    : `Half of it was done, and cannot be put back: ${
      left.slice(0, 10).join(", ")
    }. What the run left is in its patch.`;
}

function putBackOne(target: string, copy: string, entry: Entry | undefined): void {
  try {
    Deno.removeSync(target);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (!entry) return;
  Deno.mkdirSync(entry.kind === "folder" ? target : path.dirname(target), { recursive: true });
  if (entry.kind === "link") Deno.symlinkSync(entry.target ?? "", target);
  if (entry.kind !== "file") return;
  Deno.copyFileSync(copy, target);
  Deno.chmodSync(target, entry.mode);
}

/** git knows one bit of a mode, makes folders as the umask has it, and removes every folder that it empties. */
function restoreModes({ repository, reversal, entries }: TakeBackOptions): void {
  const folders = [...reversal.folders].filter(([folder]) => !hasOddBytes(folder)).sort();
  for (const [folder] of folders) Deno.mkdirSync(`${repository}/${folder}`, { recursive: true });
  for (const [folder, mode] of folders.reverse()) {
    const entry = entries.get(folder);
    // One that stands there keeps what has become of its mode.
    setMode(`${repository}/${folder}`, entry?.kind === "folder" ? entry.mode : mode);
  }
  for (const [file, { modeBefore }] of reversal.patched) {
    if (modeBefore !== null && !hasOddBytes(file)) setMode(`${repository}/${file}`, modeBefore);
  }
}

function setMode(target: string, mode: number): void {
  const now = (Deno.lstatSync(target).mode ?? 0) & 0o7777;
  if (now !== mode) Deno.chmodSync(target, mode);
}
