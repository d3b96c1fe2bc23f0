import assert from "node:assert/strict";
import { join } from "node:path";
import { decodePath } from "../../../../lib/base/tree_path.ts";
import { randomNumbers } from "../../../helpers/random_numbers.ts";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { randomEdits, runEdits } from "../../evidence/random_edits.ts";
import { ask, checkOut, contentsOf } from "./checking_out.ts";

const ROUNDS = 8;
const EDITS_IN_A_ROUND = 40;
/** Another seed for a longer search: EVIDENCE_SEED=7 deno test … */
const SEED = Number(Deno.env.get("EVIDENCE_SEED") ?? 1);

for (const attributes of [false, true]) {
  const seed = SEED + (attributes ? 1_000 : 0);
  const converted = attributes ? " with filters" : "";
  Deno.test({
    name:
      `whatever was done to a tree${converted}, git says the same of a clean checkout, and all is in it but what git ignores (seed ${seed})`,
    // The tree is read by GNU find.
    ignore: Deno.build.os !== "linux",
    fn: () => campaign(seed, attributes),
  });
}

async function campaign(seed: number, attributes: boolean): Promise<void> {
  const random = randomNumbers(seed);
  await using repository = await makeRepository({
    "a": "a\n",
    "src/y.txt": "$Id$\n",
    "build/x.log": "log\n",
  });
  for (const setting of ["clean", "smudge"]) {
    await repository.git("config", `filter.turn.${setting}`, "tr a-z n-za-m");
  }
  // Of what another owns git says nothing, and some edits give away what they find.
  await repository.git("config", "--global", "safe.directory", "*");
  for (let round = 0; round < ROUNDS; round++) {
    const existing = [...(await contentsOf(repository.root)).keys()];
    const edits = randomEdits(EDITS_IN_A_ROUND, { random, oddNames: true, attributes, existing });
    await runEdits(repository, edits);
    await compare(
      repository,
      `seed ${seed}, round ${round}\n${edits.map((each) => JSON.stringify(each)).join("\n")}`,
    );
  }
}

async function compare(repository: TestRepository, where: string): Promise<void> {
  const { root } = repository;
  // Of a pipe in a tracked file's place git says that it is of another kind; in the checkout there is none.
  await ask(repository, root, "find . -type p -delete");
  // A repository in a folder of a name that is not UTF-8 cannot be made into one; what it holds is copied, and it is told.
  for (const folder of await foldersWithGit(repository)) {
    if (!isUtf8(folder)) await ask(repository, root, within(folder, "rm -rf .git"));
  }
  await using checkout = await checkOut(repository);
  const [original, here] = [await contentsOf(root), await contentsOf(checkout.root)];
  const inner = await innerRepositories(repository, original);
  for (const folder of ["", ...inner]) {
    for (const line of [STATUS, "git ls-files -s -v -z", "git for-each-ref; git rev-parse HEAD"]) {
      const said = await ask(repository, root, within(folder, line));
      assert.equal(
        await ask(repository, checkout.root, within(folder, line)),
        said,
        `${line} in "${folder}"\n${where}`,
      );
    }
  }
  for (const [path, what] of here) {
    assert.equal(what, original.get(path), `${JSON.stringify(path)}\n${where}`);
  }
  const ignored = await ignoredAmong(repository, { inner, standing: original });
  for (const [path, isIgnored] of ignored) {
    // Rules hold in the checkout, though they are ignored themselves.
    if (isIgnored) {
      assert.ok(!here.has(path) || RULES.test(path), `${JSON.stringify(path)} is ignored\n${where}`);
    } // A folder in which rules cover everything, themselves too, is a tool's.
    else if (!original.has(`${path}/.gitignore`)) {
      assert.ok(here.has(path), `${JSON.stringify(path)} is missing\n${where}`);
    }
  }
}

const RULES = /(^|\/)\.gitignore$/;

/** In the checkout filters are off: so they have to be where git is asked in the original. */
const STATUS =
  "git -c filter.turn.clean= -c filter.turn.smudge= status --porcelain=v2 --branch -z --untracked-files=all --ignore-submodules=dirty";

/** A folder's name, a letter for each byte, comes to the shell in octal. */
function within(folder: string, line: string): string {
  const octal = [...folder].map((letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`).join(
    "",
  );
  // Behind the dot a newline at the end of a name stays.
  return `folder="$(printf '${octal}.')" && cd "./${"${folder%.}"}" && ${line}`;
}

/** The outer before the inner. */
async function foldersWithGit(repository: TestRepository): Promise<string[]> {
  const list = await ask(repository, repository.root, "find . -mindepth 2 -name .git -prune -printf '%P\\0'");
  const folders = list.split("\0").slice(0, -1).map((path) => path.slice(0, -"/.git".length));
  return folders.sort((a, b) => a.length - b.length);
}

function isUtf8(letters: string): boolean {
  return decodePath(Uint8Array.from(letters, (letter) => letter.charCodeAt(0))).isWellFormed();
}

async function innerRepositories(
  repository: TestRepository,
  standing: ReadonlyMap<string, string>,
): Promise<string[]> {
  const valid: string[] = [];
  for (const folder of await foldersWithGit(repository)) {
    const top = await ask(repository, repository.root, within(folder, "git rev-parse --show-prefix"));
    const ignored = await ignoredAmong(repository, { inner: valid, standing });
    if (top === "\n" && ignored.get(folder) !== true) valid.push(folder);
  }
  return valid;
}

/** For each path whether the innermost repository that holds it ignores it; of some paths git says nothing. */
async function ignoredAmong(
  repository: TestRepository,
  { inner, standing }: { inner: readonly string[]; standing: ReadonlyMap<string, string> },
): Promise<Map<string, boolean>> {
  const verdicts = new Map<string, boolean>();
  for (const folder of ["", ...inner]) {
    const prefix = folder === "" ? "" : `${folder}/`;
    const isOwn = (path: string): boolean =>
      path.startsWith(prefix) &&
      !inner.some((each) => each.length > folder.length && path.startsWith(`${each}/`));
    const own = [...standing.keys()].filter(isOwn).map((path) => path.slice(prefix.length));
    const tracked = new Set(
      (await ask(repository, repository.root, within(folder, "git ls-files -z"))).split("\0"),
    );
    const isFile = (file: string): boolean => !(standing.get(prefix + file) ?? "folder").startsWith("folder");
    const list = join(repository.home, "paths");
    await Deno.writeFile(
      list,
      Uint8Array.from(own.map((path) => `./${path}\0`).join(""), (letter) => letter.charCodeAt(0)),
    );
    // Held against the index, a name with "*" would be taken for a pattern.
    const line = `git check-ignore --no-index -z --stdin < ${JSON.stringify(list)}`;
    const ruled = new Set((await ask(repository, repository.root, within(folder, line))).split("\0"));
    for (const path of own) {
      // About a folder that the index holds for a file, and all below and above it, git says nothing.
      const isUnclear = (each: string): boolean =>
        standing.has(prefix + each) && !isFile(each) &&
        (`${path}/`.startsWith(`${each}/`) || each.startsWith(`${path}/`));
      if ([...tracked].some(isUnclear)) continue;
      const holdsTracked = [...tracked].some((each) => `${each}/`.startsWith(`${path}/`) && isFile(each));
      verdicts.set(prefix + path, !holdsTracked && ruled.has(`./${path}`));
    }
  }
  return verdicts;
}
