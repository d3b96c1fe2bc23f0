import assert from "node:assert/strict";
import { join } from "node:path";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { encodePath } from "../../../lib/base/tree_path.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { lettersOf, readByDeno, readByFind } from "./naive_reading.ts";
import { inside, Observation, shell } from "./observing.ts";

interface Case {
  readonly title: string;
  /** Lines of shell, before the first look at the tree and between the two. */
  readonly before?: string;
  readonly work: string;
  /** Changed paths that the patch leaves out. */
  readonly omits?: readonly string[];
  readonly onlyOn?: typeof Deno.build.os;
}

const BOTH_KINDS = "printf 'a\\0b' > src/blob; echo kept > src/kept; git add src; git commit -q -m kinds; ";
const FILTERED =
  "git config filter.turn.clean 'tr a-z n-za-m'; git config filter.turn.smudge 'tr a-z n-za-m'; ";

const CASES: readonly Case[] = [
  {
    title: "the patch holds a file modified, one added, one deleted",
    work: "echo 2 > src/one.txt; echo 1 > new; rm README.md",
  },
  {
    title: "the patch holds a file made executable, and one no more",
    before: "chmod +x README.md; git add .; git commit -q -m x",
    work: "chmod +x src/one.txt; chmod -x README.md",
  },
  { title: "mode and content at once", work: "echo 2 > src/one.txt; chmod +x src/one.txt" },
  {
    title: "the patch holds bytes that are no text",
    before: BOTH_KINDS,
    work: "printf 'a\\0c\\377' > src/blob; printf '\\0' > new; rm src/kept",
  },
  {
    title: "the patch holds no newline at the end, and none at all",
    work: "printf 'one' > src/one.txt; : > README.md; : > empty",
  },
  {
    title: "the patch holds links made, turned and removed",
    before: "ln -s a src/turned; ln -s a src/gone",
    work: "ln -sfn b/c src/turned; rm src/gone; ln -s ../README.md made",
  },
  {
    title: "the patch holds what was dirty already",
    before: "echo mine >> src/one.txt; echo staged >> README.md; git add README.md; echo more >> README.md",
    work: "echo run >> src/one.txt; echo run >> README.md",
  },
  {
    title: "the patch holds what was untracked already",
    before: "echo mine > notes; echo mine > gone",
    work: "echo run >> notes; rm gone",
  },
  {
    title: "the patch holds what is committed by the run",
    work: "echo 2 > src/one.txt; git commit -q -a -m x; rm README.md; git add -A; git commit -q -m y",
  },
  {
    title: "the patch holds what the run hides in the index",
    work:
      "echo 2 > src/one.txt; git update-index --assume-unchanged src/one.txt; git rm -q --cached README.md; echo 2 > README.md",
  },
  {
    title: "the patch holds what was flagged in the index already",
    before:
      "echo mine > src/one.txt; git update-index --assume-unchanged src/one.txt README.md; git update-index --skip-worktree README.md",
    work: "echo 2 > src/one.txt; echo 2 > README.md",
  },
  {
    title: "the patch holds line ends of Windows",
    before:
      "git config core.autocrlf true; rm src/one.txt; git checkout -q src/one.txt; rm README.md; git checkout -q README.md",
    work: "printf 'one\\r\\ntwo\\r\\n' > src/one.txt; printf 'A\\n' > README.md",
  },
  {
    title: "the patch holds files that a filter converted",
    before:
      `${FILTERED}echo '*.txt filter=turn' > .gitattributes; rm src/one.txt; git checkout -q src/one.txt`,
    work: "echo run >> src/one.txt",
  },
  {
    title: "the patch holds files that git expands on checkout",
    before:
      "echo '*.txt ident' > .gitattributes; printf '$Id$\\n' > src/id.txt; git add -A; git commit -q -m id; rm src/id.txt; git checkout -q src/id.txt",
    work: "echo run >> src/id.txt",
  },
  {
    title: "the patch holds a file turned into a link, and a link into a file",
    before: "ln -s a src/link",
    work: "ln -sfn src README.md; rm src/link; echo file > src/link",
  },
  {
    title: "the patch holds a file turned into a folder, and a folder into a file",
    work: "rm README.md; mkdir README.md; echo in > README.md/a; rm -r src; echo file > src",
  },
  {
    title: "the patch holds a link turned into a folder, and a folder into a link",
    before: "ln -s src link",
    work: "rm link; mkdir link; echo in > link/a; rm -r src; ln -s nowhere src",
  },
  {
    title: "the patch holds names that need quotes",
    before: "mkdir 'two words'; echo 1 > 'two words/a\"b'; echo 1 > 'tab\there'",
    work:
      "echo 2 > 'two words/a\"b'; rm 'tab\there'; echo 1 > 'new\nline'; echo 1 > 'back\\slash'; echo 1 > ' a -> b '; echo 1 > ünïcode; echo 1 > '--dash'",
  },
  {
    title: "the patch holds names that are not UTF-8",
    onlyOn: "linux",
    before:
      "echo 1 > \"$(printf 'l\\351g')\"; git add -A; git commit -q -m odd; echo 1 > \"$(printf '\\377')\"",
    work:
      "echo 2 > \"$(printf 'l\\351g')\"; echo 2 > \"$(printf '\\377')\"; mkdir \"$(printf '\\355\\240\\200')\"; echo 1 > \"$(printf '\\355\\240\\200')\"/a",
  },
  {
    title: "the patch holds files in a repository within the tree, but not its .git",
    before: "git init -q inner; echo 1 > inner/f",
    work: "echo 2 > inner/f; echo 1 > inner/new; echo 'gitdir: x' > src/.git",
    omits: ["src/.git"],
  },
  {
    title: "the patch leaves out what git ignores",
    before: "printf '*.log\\nbuild/\\n' > .gitignore; echo 1 > old.log",
    work: "echo 2 > old.log; echo 1 > new.log; mkdir build; echo 1 > build/o; echo 2 > src/one.txt",
  },
  {
    title: "the patch leaves out pipes, and modes that git has not, and says so",
    before: "mkfifo src/pipe; chmod 600 README.md",
    work:
      "rm src/pipe; mkfifo new-pipe; chmod 640 README.md; echo 2 > src/one.txt; mkdir empty; chmod 700 src",
    omits: ["README.md", "new-pipe", "src/", "src/pipe"],
  },
  {
    title: "the patch leaves out what stands where something was that it cannot say, and says so",
    before: "mkfifo src/pipe; mkdir folder; mkfifo folder/pipe; echo 1 > folder/file",
    work:
      "rm src/pipe; mkdir src/pipe; echo 1 > src/pipe/in; rm -r folder; echo file > folder; echo 1 > new; " +
      "rm README.md; mkdir README.md; mkfifo README.md/pipe; echo 1 > README.md/in",
    omits: [
      "README.md",
      "README.md/in",
      "README.md/pipe",
      "folder",
      "folder/file",
      "folder/pipe",
      "src/pipe",
      "src/pipe/in",
    ],
  },
  {
    title: "the patch leaves out names that git takes for its own, and says so",
    work: "mkdir .GIT; echo 1 > .GIT/config; echo 1 > git~1; echo 1 > 'git~2'; echo 1 > src/.gitkeep",
    omits: [".GIT/config", "git~1"],
  },
  {
    title: "the patch leaves out what lies in a folder whose name ends in a space, and says so",
    before: "mkdir 'a '; echo 1 > 'a /text'",
    work:
      "printf 'a\\0b' > 'a /binary'; : > 'a /empty'; echo 2 > 'a /text'; echo 1 > ' new '; echo 1 > 'a b'",
    omits: ["a /binary", "a /empty", "a /text"],
  },
  {
    title: "the patch leaves out files whose former content cannot be had, and says so",
    work:
      "o=$(git rev-parse HEAD:src/one.txt); rm -rf .git/objects/$(echo $o | cut -c 1-2); echo 2 > src/one.txt; echo 1 > new",
    omits: ["src/one.txt"],
  },
  {
    title: "the patch leaves out what only a repository held that is gone, and says so",
    work: "rm -rf .git; echo 2 > src/one.txt; echo 1 > new",
    omits: ["src/one.txt"],
  },
  {
    title: "the patch is made though the user's settings were broken",
    before: "echo mine > notes",
    work: "echo '[[[' > ~/.gitconfig; echo 1 > new; echo 2 > notes",
  },
];

for (const { title, before, work, omits = [], onlyOn } of CASES) {
  const ignore = onlyOn !== undefined && onlyOn !== Deno.build.os;
  Deno.test({
    name: title,
    ignore,
    fn: async () => {
      await using repository = await makeRepository();
      if (before) await shell(repository, before);
      const earlier = await copyTree(repository, "earlier");
      await using observation = await Observation.of(repository, () => shell(repository, work));
      const git = await objectsAndIndex(repository);
      const patch = await observation.patch();
      assert.deepEqual(patch.omits, omits);
      assert.deepEqual(await objectsAndIndex(repository), git, "the repository was written to");
      const later = await copyTree(repository, "later");
      await bringOver(observation, { from: later, to: earlier, omits });
      const [treeBefore, treeAfter] = [await read(earlier), await read(later)];
      assert.notDeepEqual(treeBefore, treeAfter);
      await apply(repository, patch.bytes, earlier);
      assert.deepEqual(await read(earlier), treeAfter);
      await apply(repository, patch.bytes, later, "--reverse");
      assert.deepEqual(await read(later), treeBefore);
    },
  });
}

/** A copy without git's own, beside the repository. */
async function copyTree(repository: TestRepository, name: string): Promise<string> {
  await shell(repository, `cp -a . ../${name}; rm -rf ../${name}/.git`);
  return inside(repository, `../${name}`);
}

/** Of what the patch leaves out, both trees get the later state. */
async function bringOver(
  { aftermath }: Observation,
  { from, to, omits }: { from: string; to: string; omits: readonly string[] },
): Promise<void> {
  const left = [...aftermath.ignored, ...omits].map((path) => path.replace(/\/$/, ""));
  for (const path of left.filter((each) => each !== "src")) {
    await run("sh", [
      "-c",
      'rm -rf "$2/$3"; [ ! -e "$1/$3" ] || { mkdir -p "$(dirname "$2/$3")"; cp -a "$1/$3" "$2/$3"; }',
      "sh",
      from,
      to,
      path,
    ]);
  }
}

/** Files and links by path, with their bytes; of modes, what git knows of them. Folders are told by what lies in them. */
async function read(root: string): Promise<string[]> {
  const tree = Deno.build.os === "linux" ? await readByFind(root) : await readByDeno(root);
  return [...tree].filter(([, { kind }]) => kind !== "folder").map(([path, { kind, content, access }]) =>
    `${path} ${kind} ${content}${kind === "file" && (parseInt(access, 8) & 0o100) !== 0 ? " executable" : ""}`
  ).sort();
}

async function apply(
  repository: TestRepository,
  patch: Uint8Array,
  folder: string,
  ...flags: string[]
): Promise<void> {
  const file = join(repository.home, "patch");
  await Deno.writeFile(file, patch);
  await run("git", ["apply", "--whitespace=nowarn", ...flags, file], folder);
}

async function run(program: string, args: string[], cwd?: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, ...(cwd ? { cwd } : {}) }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

async function objectsAndIndex(repository: TestRepository): Promise<string[]> {
  const entries = await bestWalker().walk(repository.root, (path) => path === "src").catch(() => new Map());
  return [...entries].filter(([path]) => /^\.git\/(?:objects|index)/.test(path)).map((
    [path, { mtime, size }],
  ) => `${path} ${mtime} ${size}`).sort();
}

Deno.test("the paths of the patch are those that it changes, each once", async () => {
  await using repository = await makeRepository();
  await using observation = await Observation.of(
    repository,
    () =>
      shell(
        repository,
        "echo 2 > src/one.txt; rm README.md; mkdir README.md; echo 1 > README.md/a; mkfifo p",
      ),
  );
  const { reversal, omits } = await observation.patch();
  assert.deepEqual([...reversal.patched.keys()].map((path) => lettersOf(encodePath(path))).sort(), [
    "README.md",
    "README.md/a",
    "src/one.txt",
  ]);
  assert.deepEqual(omits, ["p"]);
});

Deno.test("where nothing changed there is no patch", async () => {
  await using repository = await makeRepository();
  await shell(repository, "echo mine > notes; echo mine >> README.md");
  await using observation = await Observation.of(
    repository,
    () => shell(repository, "touch notes; mkdir empty"),
  );
  const { bytes, reversal, omits } = await observation.patch();
  assert.deepEqual([bytes.length, reversal.patched.size, omits], [0, 0, []]);
});

Deno.test("a file of more than 64 MiB is left out, before and after", async () => {
  await using repository = await makeRepository();
  const size = 64 * 1024 * 1024;
  const sparse = async (path: string, length: number): Promise<void> => {
    await Deno.writeFile(inside(repository, path), new Uint8Array(0));
    await Deno.truncate(inside(repository, path), length);
  };
  await sparse("was-large", size + 1);
  await sparse("just-fits", size);
  await using observation = await Observation.of(repository, async () => {
    await Deno.truncate(inside(repository, "was-large"), 10);
    await Deno.truncate(inside(repository, "just-fits"), 10);
    await sparse("is-large", size + 1);
  });
  const { reversal, omits } = await observation.patch();
  assert.deepEqual([[...reversal.patched.keys()], omits], [["just-fits"], ["is-large", "was-large"]]);
});
