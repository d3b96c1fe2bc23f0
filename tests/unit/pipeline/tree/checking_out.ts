import assert from "node:assert/strict";
import { join } from "node:path";
import { bestWalker } from "../../../../lib/evidence/walker.ts";
import {
  type CleanCheckout,
  type CleanCheckoutOptions,
  openCleanCheckout,
} from "../../../../lib/pipeline/tree/clean_checkout.ts";
import { linuxCopier } from "../../../../lib/pipeline/tree/copier_linux.ts";
import { readWorkTree, type WorkTree } from "../../../../lib/pipeline/tree/work_tree.ts";
import { isLocked } from "../../../../lib/process/file_lock.ts";
import { readProcFile } from "../../../../lib/process/proc_file.ts";
import type { TestRepository } from "../../../helpers/repository.ts";
import { readByDeno, readByFind } from "../../evidence/naive_reading.ts";

/** Opened here and not in a test: the C library stays open. */
export const WALKER = bestWalker();
linuxCopier("/", "/")?.[Symbol.dispose]();
readProcFile("/proc/self/stat");
isLocked("/");

/** Makes a clean checkout of a repository, or of another folder beside it, in a folder beside both. */
export async function checkOut(
  repository: TestRepository,
  options: Partial<CleanCheckoutOptions> & { readonly root?: string } = {},
): Promise<CleanCheckout> {
  const parent = join(repository.home, "..", "scratch");
  await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
  return await openCleanCheckout(options.root ?? repository.root, {
    environment: repository.env,
    parent,
    records: [".codex-dispatch"],
    walker: WALKER,
    ...options,
  });
}

/** What is remembered of a tree before a pipeline. */
export function remember(repository: TestRepository): Promise<WorkTree> {
  return readWorkTree(repository.root, { environment: repository.env, walker: WALKER });
}

/** What a folder holds: a line for each entry, with kind, content, permissions without set-id, and of files the time. */
export async function contentsOf(root: string): Promise<Map<string, string>> {
  const tree = Deno.build.os === "linux" ? await readByFind(root) : await readByDeno(root);
  const lines = new Map<string, string>();
  for (const [path, { kind, content, access }] of tree) {
    // A repository of its own stands in the place of a link to one.
    if (/(^|\/)\.git$/.test(path)) continue;
    const mode = parseInt(access, 8) & 0o1777;
    lines.set(path, kind === "link" ? `link ${content}` : `${kind} ${mode.toString(8)} ${content}`);
  }
  return lines;
}

/** What git says in a folder, whatever it says. */
export async function ask(repository: TestRepository, folder: string, line: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    cwd: folder,
    env: { ...repository.env, GIT_OPTIONAL_LOCKS: "0", GIT_CONFIG_NOSYSTEM: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const letters = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
  return letters(stdout) + letters(stderr).replaceAll(folder, "@ROOT@");
}

const STATUS = "git status --porcelain=v2 --branch -z --untracked-files=all";

/** Everything by which git in a checkout must say the same as git in the original. */
const SAME_IN_GIT: readonly string[] = [
  STATUS,
  "git ls-files -s -v -z",
  "git diff --name-status",
  "git symbolic-ref HEAD; git rev-parse --verify HEAD",
  "git for-each-ref --format='%(refname) %(objectname) %(symref)'",
  "git log --all --format='%H %an %s %d'",
  "git diff --cached",
  "git describe --always",
  "git var GIT_AUTHOR_IDENT | sed 's/ [0-9]* [-+0-9]*$//'",
];

/** Holds a checkout against the original: what git says of both, and every entry. Missing there may be `missing` alone. */
export async function assertSame(
  repository: TestRepository,
  checkout: CleanCheckout,
  { root = repository.root, missing = [], inner = [] }: {
    readonly root?: string;
    readonly missing?: readonly string[];
    /** Folders of repositories within the tree. */
    readonly inner?: readonly string[];
  } = {},
): Promise<void> {
  for (const folder of ["", ...inner]) {
    const [original, here] = [join(root, folder), join(checkout.root, folder)];
    for (const line of SAME_IN_GIT) {
      assert.equal(
        await ask(repository, here, line),
        await ask(repository, original, line),
        `${line} in "${folder}"`,
      );
    }
    assert.equal(await ask(repository, here, "git rev-parse --show-toplevel"), `${here}\n`);
  }
  const [original, here] = [await contentsOf(root), await contentsOf(checkout.root)];
  const lacks = [...original.keys()].filter((path) => !here.has(path));
  assert.deepEqual(lacks.sort(), [...missing].sort());
  for (const path of lacks) original.delete(path);
  assert.deepEqual([...here].sort(), [...original].sort());
}
