import assert from "node:assert/strict";
import { parseIndexFile } from "../../../lib/evidence/index_file.ts";
import { INDEX_ARGS, parseIndex } from "../../../lib/evidence/index_listing.ts";
import { unusualIn } from "../../../lib/evidence/recorded_index.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { inside, shell } from "./observing.ts";

const FILES = {
  "a": "1\n",
  "a.b": "2\n",
  "ab/c.txt": "3\n".repeat(3),
  "src/deep/file.ts": "4\n",
  "z": "5\n",
};

/** What is done to the index, and how many of its entries are not plain then; undefined where git has to be asked. */
const INDEXES: readonly { readonly what: string; readonly lines: string; readonly unusual?: number }[] = [
  { what: "plain files", lines: "true", unusual: 0 },
  { what: "no entries", lines: "git rm -rq --cached .", unusual: 0 },
  {
    what: "an executable, a link, a name of odd bytes",
    unusual: 0,
    lines: `chmod +x z; ln -s z link
    printf x > "$(printf 'l\\351g')"; git add .`,
  },
  {
    what: "a path of five thousand bytes",
    unusual: 0,
    lines: `
    d=$(printf '%0200d' 0); p=$d; for i in $(seq 24); do p=$p/$d; done
    git update-index --add --cacheinfo 100644,$(git hash-object -w z),$p`,
  },
  { what: "a file that is assumed unchanged", lines: "git update-index --assume-unchanged z", unusual: 1 },
  { what: "a file that is skipped", lines: "git update-index --skip-worktree z a", unusual: 2 },
  {
    what: "both bits at once",
    unusual: 1,
    lines: "git update-index --assume-unchanged z; git update-index --skip-worktree z",
  },
  { what: "a file that is meant to be added", lines: "echo > new; git add -N new", unusual: 1 },
  {
    what: "a submodule",
    unusual: 1,
    lines: "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub",
  },
  {
    what: "a conflict",
    unusual: 3,
    lines: `git checkout -qb other; echo other > z; git commit -qam other
    git checkout -q -; echo ours > z; git commit -qam ours; git merge -q other || true`,
  },
  { what: "the tree of a commit behind the entries", lines: "git read-tree HEAD; git status -s", unusual: 0 },
  {
    what: "a cache of untracked files",
    lines: "git update-index --untracked-cache; git status -s",
    unusual: 0,
  },
  { what: "compressed paths", lines: "git update-index --index-version 4" },
  { what: "two parts", lines: "git update-index --split-index; echo > new; git add new" },
  { what: "folders left out", lines: "git sparse-checkout set --cone --sparse-index ab" },
];

for (const { what, lines, unusual } of INDEXES) {
  const how = unusual === undefined ? "is left to git" : "is read as git lists it";
  Deno.test(`an index with ${what} ${how}`, async () => {
    await using repository = await makeRepository(FILES);
    await shell(repository, lines);
    const index = parseIndexFile(await readIndex(repository), 20);
    if (unusual === undefined) return assert.equal(index, undefined);
    const listed = parseIndex(await list(repository));
    assert.deepEqual([...index ?? []], [...listed]);
    for (const [path, entry] of listed) assert.deepEqual(index?.get(path), entry, path);
    assert.equal(index && [...unusualIn(index)].length, unusual);
  });
}

Deno.test("an index with ids of SHA-256 is read as git lists it, and not with ids of SHA-1", async () => {
  await using repository = await makeRepository({});
  await shell(
    repository,
    "rm -rf .git; git init -q --object-format=sha256; echo 1 > a; echo 2 > b; git add .",
  );
  const bytes = await readIndex(repository);
  assert.deepEqual([...parseIndexFile(bytes, 32) ?? []], [...parseIndex(await list(repository))]);
  assert.equal(parseIndexFile(bytes, 20), undefined);
});

Deno.test("an index file that has not all of its entries, or is none, is left to git", async () => {
  await using repository = await makeRepository(FILES);
  const bytes = await readIndex(repository);
  for (let length = 0; length < bytes.length; length++) {
    const read = parseIndexFile(bytes.slice(0, length), 20);
    // Behind the entries stands what git could do without.
    assert.ok(read === undefined || read.size === Object.keys(FILES).length, `${length} bytes`);
  }
  assert.equal(parseIndexFile(new Uint8Array(1_000), 20), undefined);
});

async function readIndex(repository: TestRepository): Promise<Uint8Array> {
  return await Deno.readFile(inside(repository, ".git/index"));
}

async function list({ root, env }: TestRepository): Promise<Uint8Array> {
  const { success, stdout } = await new Deno.Command("git", {
    args: [...INDEX_ARGS],
    cwd: root,
    env: { ...env },
    clearEnv: true,
  }).output();
  assert.ok(success);
  return stdout;
}
