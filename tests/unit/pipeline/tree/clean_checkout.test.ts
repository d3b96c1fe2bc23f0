import assert from "node:assert/strict";
import { join } from "node:path";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { shell } from "../../evidence/observing.ts";
import { ask, assertSame, checkOut } from "./checking_out.ts";

interface Case {
  readonly what: string;
  /** Lines of shell in a repository with the files README.md and src/one.txt. */
  readonly setup: string;
  /** The work tree that is checked out, from the repository's; by default itself. */
  readonly root?: string;
  /** What is not in the checkout. */
  readonly missing?: readonly string[];
  /** Folders in which a repository of its own is to be. */
  readonly inner?: readonly string[];
  /** Parts of the notes, in their order. */
  readonly notes?: readonly RegExp[];
  readonly onlyOn?: typeof Deno.build.os;
}

const SUBMODULE = "git init -q ../other; echo 1 > ../other/f.txt; git -C ../other add .; " +
  "git -C ../other commit -q -m other; " +
  'git -c protocol.file.allow=always submodule --quiet add "$PWD/../other" sub; git commit -q -m sub; ';
const FILTER = "git config filter.up.clean 'tr A-Z a-z'; git config filter.up.smudge 'tr a-z A-Z'; " +
  "git config filter.up.required true; echo '*.up filter=up' > .gitattributes; ";

const CASES: readonly Case[] = [
  { what: "a tree as it was committed", setup: "git tag -a -m one v1; git branch other" },
  {
    what: "files that are staged, changed, deleted, untracked, and of other modes",
    setup: "echo 2 >> README.md; git add README.md; echo 3 >> README.md; rm src/one.txt; echo new > new; " +
      "echo x > run; chmod 755 run; git add run; chmod 600 new; echo s > staged; git add staged; rm staged",
  },
  {
    what: "a renamed file, a file in a folder's place and the other way round",
    setup: "git mv README.md READ.md; rm -r src; echo file > src; mkdir dir; echo 1 > dir/f; git add dir; " +
      "git commit -qm dir -- dir; rm -r dir; echo file > dir",
  },
  {
    what: "files that are only meant to be added, there or gone, and empty ones",
    setup:
      "echo 1 > a; echo 1 > b; : > c; : > d; git add c d; git commit -qm c; rm c; git add -N a b; rm b; " +
      "git rm -q --cached README.md; git add -N README.md; : > e; git add e; rm e",
  },
  {
    what: "a merge with conflicts",
    setup: "git checkout -qb other; echo other > README.md; git commit -qam other; git checkout -q main; " +
      "echo main > README.md; git commit -qam main; git merge other > /dev/null || true",
  },
  {
    what: "index entries that hide their files from git",
    setup: "git update-index --assume-unchanged README.md; echo 2 >> README.md; " +
      "git update-index --skip-worktree src/one.txt; rm src/one.txt",
  },
  {
    what: "a sparse checkout with a sparse index",
    setup: "mkdir -p a b/c; echo 1 > a/f; echo 1 > b/c/f; git add .; git commit -qm ab; " +
      "git sparse-checkout set --cone --sparse-index a",
  },
  { what: "a split index", setup: "git update-index --split-index; echo 1 > new; git add new" },
  {
    what: "an index of version 4 with long names",
    setup:
      "git update-index --index-version 4; d=$(printf 'd%.0s' $(seq 200)); mkdir -p $d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d; " +
      "for i in 1 2 3 4 5 6 7 8 9; do echo $i > $d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$d/$(printf 'f%.0s' $(seq $i)); done; git add .",
  },
  { what: "a detached HEAD", setup: "git checkout -q --detach; echo 2 > README.md; git commit -qam two" },
  {
    what: "a branch in folders",
    setup: "git checkout -qb a/b/c; git tag a; git update-ref refs/notes/x HEAD",
  },
  {
    what: "a branch without a commit",
    setup: "git checkout -q --orphan fresh; git rm -rq --cached .; git add README.md",
  },
  { what: "a repository without a commit", setup: "rm -rf .git; git init -q -b first" },
  {
    what: "a clone with its upstream, and one commit ahead",
    setup: "git clone -q . ../clone; cd ../clone; echo 2 >> README.md; git commit -qam two",
    root: "../clone",
  },
  {
    what: "a shallow clone",
    setup:
      'for i in 1 2 3; do echo $i > README.md; git commit -qam $i; done; git clone -q --depth 1 "file://$PWD" ../clone',
    root: "../clone",
  },
  {
    what: "a clone that borrows its objects itself, by a relative path",
    setup:
      "git clone -q -s . ../clone; echo '../../../work tree/.git/objects' > ../clone/.git/objects/info/alternates",
    root: "../clone",
  },
  {
    what: "a linked work tree",
    setup:
      "git worktree add -q ../linked -b linked; cd ../linked; echo 2 > README.md; git add .; echo 3 > new",
    root: "../linked",
  },
  {
    what: "a repository whose .git lies elsewhere",
    setup: "git init -q --separate-git-dir=../git-folder; echo 2 > README.md",
  },
  {
    what: "submodules, clean, changed, and not fetched",
    setup:
      `${SUBMODULE} for n in dirty ahead none; do git -c protocol.file.allow=always submodule --quiet add ` +
      '"$PWD/../other" $n; done; git commit -qm subs; echo 2 > dirty/f.txt; echo new > dirty/new; ' +
      "cd ahead; echo 3 > f.txt; git commit -qam ahead; cd ..; git submodule --quiet deinit none",
    inner: ["sub", "dirty", "ahead"],
  },
  {
    what: "a submodule for itself",
    setup: `${SUBMODULE} echo 2 > sub/f.txt; echo 1 > sub/new`,
    root: "sub",
  },
  {
    what: "repositories within the tree, one within the other, with rules of their own",
    setup: "git init -q inner; echo '*.log' > inner/.gitignore; echo 1 > inner/f; echo 1 > inner/x.log; " +
      "git -C inner add .; git -C inner commit -qm inner; echo 2 > inner/f; git init -q inner/deep/er; " +
      "echo 1 > inner/deep/er/f; echo 'f' > .gitignore; mkdir -p 'inner/deep/er/empty'",
    inner: ["inner", "inner/deep/er"],
    missing: ["inner/x.log"],
  },
  {
    what: "a linked work tree within the tree",
    setup: "git worktree add -q trees/one -b one; echo 2 > trees/one/README.md",
    inner: ["trees/one"],
  },
  {
    what: "folders that only look like repositories",
    setup:
      "mkdir -p a/.git b; echo 1 > a/f; echo 'gitdir: ../nowhere' > b/.git; echo 1 > b/f; ln -s nowhere c.git",
    notes: [/"a\/\.git" is no repository/, /"b\/\.git" is no repository/],
  },
  {
    what: "a repository of SHA-256",
    setup:
      "rm -rf .git; git init -q --object-format=sha256; git add .; git commit -qm one; echo 2 > README.md",
  },
  {
    what: "a repository of SHA-256 without a commit",
    setup: "rm -rf .git; git init -q --object-format=sha256",
  },
  {
    what: "line ends of Windows in the tree",
    setup:
      "git config core.autocrlf true; rm README.md; git checkout -q README.md; printf 'a\\r\\n' > new; " +
      "git add new; git commit -qm new; printf 'b\\r\\n' >> new; grep -q \"$(printf '\\r')\" README.md",
  },
  {
    what: "content that a filter made, which is not what git holds",
    setup: `${FILTER} echo text > a.up; echo text > b.up; git add .; git commit -qm up; rm a.up b.up; ` +
      "git checkout -q a.up b.up; grep -q TEXT a.up; echo MORE >> b.up; touch -t 202001010000 a.up b.up; git status -s > /dev/null",
  },
  {
    what: "names of all sorts",
    setup:
      "echo 1 > 'two words'; echo 1 > 'new\nline'; echo 1 > '\"quoted\"'; echo 1 > ünïcode; echo 1 > -- --dash; echo 1 > '#'; git add -A; " +
      "echo 1 > 'back\\slash'; echo 1 > ':colon'",
  },
  {
    what: "names that are not UTF-8, of files, folders, links, and where those lead",
    onlyOn: "linux",
    setup:
      "o=$(printf 'l\\351g'); mkdir $o; echo 1 > $o/$o; ln -s $o $o/link; git add -A; git commit -qm odd; " +
      "echo 2 > $o/$o; mkdir empty$o; echo '*.log' > $o/.gitignore; echo 1 > $o/x.log; printf '*.%s\\n' $o > .gitignore; echo 1 > x.$o",
    missing: ["l\xe9g/x.log", "x.l\xe9g"],
  },
  {
    what: "links, also to folders and to nothing",
    setup:
      "ln -s README.md link; ln -s src folder; ln -s nowhere dangling; git add link; ln -sf src/one.txt link; " +
      "ln -s . src/self",
  },
  {
    what: "links that lead out, as they are written, and told",
    setup:
      `ln -s ../../../../etc/hostname relative; ln -s /etc/hostname absolute; ln -s "$PWD/src" own; mkdir a; ln -s ../src a/in`,
    notes: [/"relative" is a link that leads out/, /"own" is a link that leads to the original tree/],
  },
  {
    what: "pipes and sockets, which are left out",
    setup: "mkfifo src/pipe; mkfifo pipe",
    missing: ["pipe", "src/pipe"],
    notes: [/"pipe" is no file.* \(and 1 more like it\)/],
  },
  {
    what: "empty folders, unless they are ignored",
    setup:
      "mkdir -p empty/deep logs build/deep cache; echo '*.log' > .gitignore; echo build/ >> .gitignore; " +
      "echo cache >> .git/info/exclude; echo 1 > logs/a.log",
    missing: ["build", "build/deep", "cache", "logs/a.log"],
  },
  {
    what: "what is ignored by all kinds of rules is left out, and what is tracked among it is not",
    setup:
      "mkdir -p build/sub only/deep node_modules/p; echo 1 > build/keep; git add -f build/keep; git commit -qm keep; " +
      "printf 'build/\\nonly\\n*.log\\n!a.log\\n' > .gitignore; echo node_modules > .git/info/exclude; mkdir ~/.config ~/.config/git; echo '*.tmp' > ~/.config/git/ignore; " +
      "for f in build/o build/sub/o only/deep/f x.log a.log src/y.log z.tmp node_modules/p/f; do echo 1 > $f; done; " +
      "mkdir .codex-dispatch; echo 1 > .codex-dispatch/f; echo '*' > .codex-dispatch/.gitignore; echo b.log > src/.gitignore; git -C node_modules init -q",
    missing: [
      ".codex-dispatch",
      ".codex-dispatch/.gitignore",
      ".codex-dispatch/f",
      "build/o",
      "build/sub",
      "build/sub/o",
      "node_modules",
      "node_modules/p",
      "node_modules/p/f",
      "only",
      "only/deep",
      "only/deep/f",
      "src/y.log",
      "x.log",
      "z.tmp",
    ],
  },
  {
    what: "rules that are ignored themselves, unless they cover all of their folder",
    setup:
      "echo '.gitignore' > .git/info/exclude; echo '*.log' > .gitignore; echo '*.tmp' > src/.gitignore; mkdir .cache; " +
      "echo '*' > .cache/.gitignore; echo 1 > .cache/f; echo 1 > src/x.tmp; git init -q inner; echo '*' > inner/.gitignore",
    missing: [".cache", ".cache/.gitignore", ".cache/f", "src/x.tmp"],
    inner: ["inner"],
  },
  {
    what: "a folder that one repository tracks and another holds, and ignores",
    setup:
      "mkdir -p inner/sub; echo 1 > inner/x.log; echo 1 > inner/sub/y.log; git add .; git commit -qm inner; " +
      "git -C inner init -q; echo '*.log' > inner/.gitignore; echo inner/mine > .gitignore; echo 1 > inner/mine; echo 1 > inner/z.log",
    missing: ["inner/z.log"],
    inner: ["inner"],
  },
  {
    what: "rules in a file of the tree that a setting names",
    setup: "git config core.excludesFile rules; echo '*.tmp' > rules; echo 1 > a.tmp",
    missing: ["a.tmp"],
  },
  {
    what: "modes of files and folders",
    setup:
      "mkdir dir; echo 1 > dir/f; chmod 4755 dir/f; echo 1 > dir/g; chmod 400 dir/g; chmod 2750 dir; mkdir shut; " +
      "echo 1 > shut/f; chmod 555 shut; git add .; git config core.fileMode false; chmod 755 README.md; mkdir t; chmod 1777 t; " +
      // What git diff finds touched it notes in the index, whatever GIT_OPTIONAL_LOCKS says.
      "git status > /dev/null",
  },
  {
    what: "two names of one file",
    setup: "ln README.md again; echo more >> again; git add again",
  },
  {
    what: "attributes of the repository alone",
    setup: "echo '*.txt text eol=crlf' > .git/info/attributes; printf 'a\\r\\n' > a.txt; git add a.txt",
  },
  {
    what: "replaced objects",
    setup: "echo 2 > README.md; git commit -qam two; git replace --graft HEAD",
  },
];

for (const { what, setup, root, missing = [], inner = [], notes = [], onlyOn } of CASES) {
  Deno.test({
    name: `a clean checkout holds ${what}`,
    ignore: onlyOn !== undefined && onlyOn !== Deno.build.os,
    fn: async () => {
      await using repository = await makeRepository();
      await shell(repository, setup);
      const original = join(repository.root, root ?? ".");
      const before = await stateOf(repository, original);
      await using checkout = await checkOut(repository, { root: original });
      await assertSame(repository, checkout, { root: original, missing, inner });
      assert.equal(checkout.notes.length, notes.length, checkout.notes.join("\n"));
      for (const [i, note] of notes.entries()) assert.match(checkout.notes[i] ?? "", note);
      assert.deepEqual(await stateOf(repository, original), before, "the original was written to");
    },
  });
}

/** Every file of a repository with its time of change; of those that git freshens when it only reads, without. */
async function stateOf(repository: TestRepository, root: string): Promise<string> {
  if (Deno.build.os !== "linux") return "not looked at";
  const listing = "-regex '.*/\\(objects/..\\|sharedindex\\).*' -printf '%P %s\\n' -o " +
    "-printf '%P %T@ %C@ %s %m\\n' | LC_ALL=C sort";
  return await ask(
    repository,
    root,
    `find . ${listing}; find "$(git rev-parse --git-common-dir)" ${listing}`,
  );
}
