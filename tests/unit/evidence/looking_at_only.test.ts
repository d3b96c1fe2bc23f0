import assert from "node:assert/strict";
import { join } from "node:path";
import { lookingAtOnly } from "../../../lib/evidence/looking_at_only.ts";
import { Git } from "../../../lib/evidence/git.ts";
import type { Index } from "../../../lib/evidence/git_index.ts";
import { parseIndexFile } from "../../../lib/evidence/index_file.ts";
import { INDEX_ARGS, parseIndex } from "../../../lib/evidence/index_listing.ts";
import { readDiffStat, readStatus } from "../../../lib/evidence/status.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { shell } from "./observing.ts";

const FILES = {
  ".gitattributes": "*.blob binary\n",
  "a": "1\n",
  "ab/.gitattributes": "*.txt -diff\n",
  "ab/c.txt": "3\n".repeat(3),
  "src/one.blob": "4\n",
  "src/one.ts": "4\n",
  "z": "5\n",
};

/** What is done in the tree, and how many files git diff tells of then. */
const DIRT: readonly { readonly what: string; readonly lines: string; readonly files: number }[] = [
  { what: "one file of many", lines: "echo more >> src/one.ts", files: 1 },
  { what: "the first and the last", lines: "echo more >> a; rm z", files: 2 },
  { what: "a file that is staged and changed again", lines: "echo 1 > z; git add z; echo 2 >> z", files: 1 },
  { what: "another mode", lines: "chmod +x z", files: 1 },
  { what: "a link in a file's place", lines: "rm z; ln -s a z", files: 1 },
  { what: "a folder in a file's place", lines: "rm z; mkdir z; echo > z/new", files: 1 },
  {
    what: "files that attributes make binary",
    lines: "echo more >> src/one.blob; echo more >> ab/c.txt",
    files: 2,
  },
  {
    what: "attributes that stand in the index alone",
    lines: "rm .gitattributes; echo more >> src/one.blob",
    files: 2,
  },
  {
    what: "a conflict",
    files: 1,
    lines: `git checkout -qb other; echo other > z; git commit -qam other
    git checkout -q -; echo ours > z; git commit -qam ours; git merge -q other || true`,
  },
  { what: "a file that is meant to be added", lines: "echo > new; git add -N new", files: 1 },
  {
    what: "a name of odd bytes",
    lines: 'f=$(printf "l\\351g"); echo > "$f"; git add .; echo 2 >> "$f"',
    files: 1,
  },
  {
    what: "an edit of the same size, as new as the index",
    lines: "git update-index --refresh -q; printf '6\\n' > z; touch -r .git/index z",
    files: 1,
  },
];

for (const { what, lines, files } of DIRT) {
  Deno.test(`git diff, looking at what is dirty alone, tells the same of ${what}`, async () => {
    await using tree = await dirtyTree(lines);
    const { git, scratch, dirty } = tree;
    const index = await readPlainIndex(tree.repository);
    const told = new TextDecoder().decode(await readDiffStat(git, lookingAtOnly(dirty, { index, scratch })));
    assert.equal(told, new TextDecoder().decode(await readDiffStat(git)));
    assert.match(told, new RegExp(`^ ${files} files? changed`, "m"));
  });
}

Deno.test("of what is not named git tells nothing then", async () => {
  await using tree = await dirtyTree("echo more >> a; echo more >> z");
  const index = await readPlainIndex(tree.repository);
  const options = lookingAtOnly(["z"], { index, scratch: tree.scratch });
  assert.match(new TextDecoder().decode(await readDiffStat(tree.git, options)), /^ z \|.*\n 1 file changed/);
});

Deno.test("where git had to list the index, git looks at all", async () => {
  await using tree = await dirtyTree("git update-index --index-version 4; echo more >> z");
  const index = parseIndex(await tree.git.read(INDEX_ARGS));
  assert.deepEqual(lookingAtOnly(["z"], { index, scratch: tree.scratch }), {});
});

interface DirtyTree extends AsyncDisposable {
  readonly repository: TestRepository;
  readonly git: Git;
  readonly scratch: string;
  /** The paths at which git status says that the tree differs from the index. */
  readonly dirty: readonly string[];
}

async function dirtyTree(lines: string): Promise<DirtyTree> {
  const repository = await makeRepository(FILES);
  await shell(repository, lines);
  const git = new Git(repository.root, repository.env);
  const { entries } = await readStatus(git);
  const dirty = entries.filter(({ code }) => code !== "??" && code[1] !== " ").map(({ path }) => path);
  const scratch = join(repository.home, "scratch");
  await Deno.mkdir(scratch);
  return { repository, git, scratch, dirty, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
}

async function readPlainIndex(repository: TestRepository): Promise<Index> {
  const index = parseIndexFile(await Deno.readFile(join(repository.root, ".git", "index")), 20);
  assert.ok(index);
  return index;
}
