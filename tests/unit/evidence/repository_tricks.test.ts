import assert from "node:assert/strict";
import { join } from "node:path";
import { makeRepository } from "../../helpers/repository.ts";
import { Observation, type RulesInWords, shell } from "./observing.ts";

/** What may become of a repository, and what is to be found of it. */
interface Trick {
  readonly what: string;
  /** Lines of shell in the work tree: before the run, and those of it. */
  readonly before?: string;
  readonly lines: string;
  readonly rules?: RulesInWords;
  /** Of whoever dispatches, added to his environment; `~` is his home. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kind and path of each violation, sorted. */
  readonly is: readonly string[];
}

const SIDE =
  "git checkout -q -b side HEAD~1; echo x > src/side; git add -A; git commit -q -m side; git checkout -q main";
const COMMITS: RulesInWords = { allowCommits: true };
/** A file that takes no room, and no end to read. */
const ENDLESS = "dd if=/dev/null bs=1 count=0 seek=3298534883328 of=";

const TRICKS: readonly Trick[] = [
  // What git would not come to the end of
  { what: "a file without end in .git", lines: `${ENDLESS}.git/x`, is: ["git-state .git/x"] },
  { what: "a HEAD without end", lines: `${ENDLESS}.git/HEAD`, is: ["git-state .git/HEAD"] },
  {
    what: "packed refs without end",
    before: "git pack-refs --all",
    lines: `${ENDLESS}.git/packed-refs`,
    is: ["git-state .git/packed-refs", "git-state .git/refs/heads/main", "git-state .git/refs/tags/v1"],
  },
  { what: "settings without end", lines: `${ENDLESS}"$HOME/.gitconfig"`, is: ["git-state ~/.gitconfig"] },
  {
    what: "settings that are a device, by a link",
    lines: 'ln -sf /dev/zero "$HOME/.gitconfig"',
    is: ["git-state ~/.gitconfig"],
  },
  {
    what: "settings that are a pipe, where there were none",
    lines: 'mkdir -p "$HOME/.config/git"; mkfifo "$HOME/.config/git/config"',
    is: ["git-state ~/.config/git/config"],
  },
  { what: "a .git without end", lines: `mv .git ../moved; ${ENDLESS}.git`, is: ["git-state .git"] },
  {
    what: "a word without end of where the shared part is",
    lines: `${ENDLESS}.git/commondir`,
    is: ["git-state .git"],
  },
  {
    what: "ignore rules without end, which git reads whole",
    lines: `${ENDLESS}docs/.gitignore`,
    is: ["out-of-scope docs/.gitignore"],
  },
  {
    what: "a large file of before in .git",
    before: `mkdir .git/annex; ${ENDLESS}.git/annex/x`,
    lines: "echo x > src/a; git add src/a",
    is: [],
  },

  // Links in .git
  {
    what: "refs and hooks behind links, where they change",
    before: "for each in refs hooks; do mv .git/$each ../$each; ln -s ../../$each .git/$each; done",
    lines: "git tag evil; echo : > ../hooks/pre-push",
    is: ["git-state .git/hooks/pre-push", "git-state .git/refs/tags/evil"],
  },
  {
    what: "refs, hooks and settings behind links, where they are used",
    before:
      "for each in refs hooks config; do mv .git/$each ../$each; ln -s ../../$each .git/$each; done; git status",
    lines: "echo x > src/a; git add src/a; git stash -q; git stash pop -q",
    is: [],
  },
  {
    what: "a hook behind a link",
    before: "echo 1 > ../hook; ln -s ../../../hook .git/hooks/pre-push",
    lines: "echo 2 > ../hook",
    is: ["git-state .git/hooks/pre-push"],
  },
  {
    what: "a hook behind a link that stands in the tree, and in scope",
    before: "echo 1 > src/hook; ln -s ../../src/hook .git/hooks/pre-push; git add -A; git commit -q -m x",
    lines: "echo 2 > src/hook",
    is: [],
  },
  {
    what: "what a link of before leads to, turned to the root of all",
    before: "mv .git/refs ../refs; ln -s ../../refs .git/refs",
    lines: "mv ../refs ../other; ln -s / ../refs",
    is: ["git-state .git/refs", "git-state .git/refs/heads/main", "git-state .git/refs/tags/v1"],
  },
  {
    what: "a HEAD that is a link, turned to a branch of the same commit",
    before: "git branch same; rm .git/HEAD; ln -s refs/heads/main .git/HEAD",
    lines: "ln -sf refs/heads/same .git/HEAD",
    is: ["git-state .git/HEAD"],
  },
  {
    what: "an index that became a link",
    lines: "mv .git/index ../index; ln -s ../../index .git/index",
    is: ["git-state .git/index"],
  },

  // Settings and hooks elsewhere
  {
    what: "a hook in a folder that the settings name",
    before: 'mkdir "$HOME/hooks"; git config --global core.hooksPath "~/hooks"',
    lines: 'echo : > "$HOME/hooks/pre-push"; echo x > "$HOME/hooks/README"',
    is: ["git-state ~/hooks/pre-push"],
  },
  {
    what: "settings that a variable names",
    env: { GIT_CONFIG_GLOBAL: "~/mine" },
    lines: 'echo "[alias] x = y" > "$HOME/mine"',
    is: ["git-state ~/mine"],
  },

  // What git does by itself, and what it takes for work that is under way
  {
    what: "a commit with rerere switched on",
    before: "git config rerere.enabled true",
    lines: "echo x > src/a; git add src/a; git commit -q -m x; test -e .git/MERGE_RR",
    rules: COMMITS,
    is: [],
  },
  {
    what: "empty folders of a rebase and of a sequence",
    lines: "mkdir .git/rebase-apply .git/rebase-merge .git/sequencer",
    is: ["git-state .git/rebase-apply", "git-state .git/rebase-merge", "git-state .git/sequencer"],
  },
  {
    what: "branches with the names of such folders",
    before: "git branch sequencer/x; git branch rebase-merge/x",
    lines: "git pack-refs --all; mkdir -p .git/refs/heads/sequencer",
    is: [],
  },
  {
    what: "a line that git cannot read in packed-refs",
    before: "git pack-refs --all",
    lines: "echo junk >> .git/packed-refs",
    is: ["git-state .git/packed-refs"],
  },

  // Stashes
  {
    what: "an older stash that is dropped",
    before: "for each in 1 2; do echo $each > README.md; git stash -q; done",
    lines: 'git stash drop -q "stash@{1}"',
    is: ["git-state .git/logs/refs/stash"],
  },
  {
    what: "the log of stashes, deleted",
    before: "for each in 1 2; do echo $each > README.md; git stash -q; done",
    lines: "rm -r .git/logs",
    is: ["git-state .git/logs/refs/stash"],
  },
  {
    what: "work that is stashed on top of stashes, and popped",
    before: "for each in 1 2; do echo $each > README.md; git stash -q; done",
    lines: "echo x > src/a; git stash -q -u; git stash pop -q",
    is: [],
  },

  // The index
  {
    what: "the shared part of an index, deleted",
    before: "git update-index --split-index",
    lines: "rm .git/sharedindex.*",
    is: ["git-state .git/index"],
  },
  {
    what: "an index in two parts, written anew",
    before: "git update-index --split-index",
    lines: "git update-index --no-split-index; git update-index --split-index; rm -f .git/sharedindex.none",
    is: [],
  },
  {
    what:
      "a file that a sparse checkout leaves out and that is there all the same, once git writes its index",
    before: "git sparse-checkout set src; mkdir docs; git show HEAD:docs/guide.md > docs/guide.md",
    lines: "echo x > src/a; git add src/a",
    is: [],
  },
  {
    what: "a link's stand-in, where there are no links: touched",
    before:
      "ln -s one.txt src/link; git add -A; git commit -q -m x; git config core.symlinks false; rm src/link; git checkout -q .; sleep 0.1; git status",
    lines: "touch src/link",
    rules: { scope: ["other/"] },
    is: [],
  },
  {
    what: "a link's stand-in, where there are no links: edited",
    before:
      "ln -s one.txt src/link; git add -A; git commit -q -m x; git config core.symlinks false; rm src/link; git checkout -q .",
    lines: "printf two.txt > src/link",
    rules: { scope: ["other/"] },
    is: ["out-of-scope src/link"],
  },

  // Objects
  {
    what: "an object of HEAD, deleted out of its folder",
    lines:
      'o=$(git rev-parse HEAD:README.md); rm -f ".git/objects/$(echo $o | cut -c 1-2)/$(echo $o | cut -c 3-)"',
    is: ["git-state .git/objects"],
  },
  {
    what: "an object of another branch, deleted out of its folder",
    before: SIDE,
    lines: 'o=$(git rev-parse side); rm -f ".git/objects/$(echo $o | cut -c 1-2)/$(echo $o | cut -c 3-)"',
    is: ["git-state .git/objects"],
  },
  {
    what: "an object of a repository within the tree, and one that is added",
    before: "git init -q inner; cd inner; echo x > f; git add f; git commit -q -m x",
    lines:
      "cd inner; o=$(git rev-parse HEAD); echo y | git hash-object -w --stdin; rm -f .git/objects/$(echo $o | cut -c 1-2)/$(echo $o | cut -c 3-)",
    is: ["git-state inner/.git/objects"],
  },
  {
    what: "a repository within the tree whose objects are packed",
    before: "git init -q inner; cd inner; echo x > f; git add f; git commit -q -m x",
    lines: "cd inner; git gc -q",
    is: [],
  },
  {
    what: "a file in the place of the folder of a repository within the tree",
    before: "git init -q inner; cd inner; echo x > f; git add f; git commit -q -m x",
    lines: "rm -rf inner/.git; echo 'gitdir: ../.git' > inner/.git",
    is: ["git-state inner/.git/index", "out-of-scope inner/.git"],
  },
  {
    what: "the objects of a submodule",
    before: `git init -q ../other; cd ../other; echo x > f; git add f; git commit -q -m x; cd "$OLDPWD"
      git -c protocol.file.allow=always submodule --quiet add "$PWD/../other" sub; git commit -q -m sub`,
    lines: "find .git/modules/sub/objects -type f | xargs rm -f",
    is: ["git-state sub/.git/objects"],
  },
  {
    what: "objects that a partial clone never had",
    before:
      "git config remote.origin.promisor true; o=$(git rev-parse HEAD:README.md); rm README.md; rm -f .git/objects/$(echo $o | cut -c 1-2)/$(echo $o | cut -c 3-)",
    lines: "echo x > src/a; git add src/a",
    is: [],
  },

  // Commits
  {
    what: "a merge of a branch that lacks what main got since",
    before: SIDE,
    lines: "git merge -q --no-edit side",
    rules: COMMITS,
    is: [],
  },
  {
    what: "a merge that takes back what main got since",
    before: SIDE,
    lines: "git merge -q --no-commit --no-ff side; git checkout -q side -- docs; git commit -q -m x",
    rules: COMMITS,
    is: ["git-state docs/guide.md", "out-of-scope docs/guide.md"],
  },
  {
    what: "the same, made good by the next commit",
    before: SIDE,
    lines:
      "git merge -q --no-commit --no-ff side; git checkout -q side -- docs; git commit -q -m x; git checkout -q HEAD~1 -- docs; git commit -q -m y",
    rules: COMMITS,
    is: ["git-state docs/guide.md"],
  },
  {
    what: "the same, made good by a second merge",
    before: SIDE,
    lines: `good=$(git rev-parse HEAD); bad=$(echo x | git commit-tree "side^{tree}" -p $good -p side)
      git reset -q --hard $(echo y | git commit-tree "$good^{tree}" -p $bad -p $good)`,
    rules: COMMITS,
    is: ["git-state docs/guide.md"],
  },
  {
    what: "a merge whose first parent is the other branch, with an edit of its own",
    before: SIDE,
    lines:
      `echo evil > README.md; git add README.md; git reset -q --hard $(echo x | git commit-tree $(git write-tree) -p side -p main)`,
    rules: COMMITS,
    is: ["git-state README.md", "out-of-scope README.md"],
  },

  // Work trees
  {
    what: "the branch of a work tree that is gone",
    before: "git worktree add -q ../linked -b linked; rm -r ../linked",
    lines: "git update-ref refs/heads/linked HEAD~1",
    is: ["git-state .git/refs/heads/linked"],
  },
  {
    what: "the branch of a work tree that is locked, and elsewhere at present",
    before: "git worktree add -q ../linked -b linked; git worktree lock ../linked; rm -r ../linked",
    lines: "git update-ref refs/heads/linked HEAD~1",
    is: [],
  },
];

for (const { what, before = ":", lines, rules, env = {}, is } of TRICKS) {
  Deno.test(`${what}: ${is.length === 0 ? "no matter" : "found"}`, async () => {
    await using repository = await makeRepository(FILES);
    await shell(repository, `git tag v1; echo more >> docs/guide.md; git commit -q -a -m second; ${before}`);
    const given = Object.entries(env).map(([name, value]) => [name, value.replace("~", repository.home)]);
    await using observation = await Observation.of(repository, () => shell(repository, lines), {
      env: { ...repository.env, ...Object.fromEntries(given) },
    });
    const { violations } = observation.judge(rules);
    assert.deepEqual([...new Set(violations.map(({ kind, path }) => `${kind} ${path}`))].sort(), is);
  });
}

const FILES = { "README.md": "A repository.\n", "docs/guide.md": "guide\n", "src/one.txt": "one\n" };

Deno.test("a commit graph that names another tree for a commit is not believed", async () => {
  await using repository = await makeRepository(FILES);
  await using observation = await Observation.of(repository, async () => {
    await shell(
      repository,
      `echo evil >> README.md; git commit -q -a -m x; git show HEAD~1:README.md > README.md
      git commit -q -a -m y; git commit-graph write --reachable`,
    );
    const trees = ["HEAD~1^{tree}", "HEAD^{tree}"].map((tree) => repository.git("rev-parse", tree));
    const [evil = "", good = ""] = await Promise.all(trees);
    const file = join(repository.root, ".git/objects/info/commit-graph");
    const graph = (await Deno.readFile(file)).toHex().replaceAll(evil, good);
    await Deno.chmod(file, 0o644);
    await Deno.writeFile(file, Uint8Array.fromHex(graph));
    assert.equal(await repository.git("log", "-2", "--format=", "--name-only"), "", "the forgery works");
  });
  const { violations } = observation.judge({ allowCommits: true });
  assert.deepEqual(violations.map(({ kind, path }) => `${kind} ${path}`), ["git-state README.md"]);
});

Deno.test("what a run writes into a ref is no option of git's", async () => {
  await using repository = await makeRepository();
  await shell(repository, "rm -rf .git; git init -q; git add -A");
  await using observation = await Observation.of(
    repository,
    () => shell(repository, "mkdir -p .git/refs/heads; echo --output=../evil > .git/refs/heads/main"),
  );
  assert.deepEqual(observation.judge({ allowCommits: true }).violations.map(({ path }) => path), [
    ".git/refs/heads/main",
  ]);
  await assert.rejects(Deno.lstat(join(repository.root, "../evil")));
});

Deno.test("a git that a run puts into a folder of PATH is not run", async () => {
  await using repository = await makeRepository(FILES);
  const bin = join(repository.home, "bin");
  await Deno.mkdir(bin);
  const env = { ...repository.env, PATH: `${bin}:${repository.env["PATH"]}` };
  await using observation = await Observation.of(repository, async () => {
    await Deno.writeTextFile(join(bin, "git"), `#!/bin/sh\necho x >"${repository.home}/marker"\n`, {
      mode: 0o755,
    });
    await repository.write("docs/guide.md", "evil\n");
    await repository.git("add", "docs/guide.md");
  }, { env });
  assert.deepEqual(observation.judge().violations.map(({ kind, path }) => `${kind} ${path}`), [
    "out-of-scope docs/guide.md",
    "git-state docs/guide.md",
  ]);
  await assert.rejects(Deno.lstat(join(repository.home, "marker")));
});
