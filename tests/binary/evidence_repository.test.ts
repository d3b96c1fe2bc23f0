import assert from "node:assert/strict";
import { join } from "node:path";
import { type Dispatched, dispatchScripted, writePacket } from "../helpers/dispatching.ts";
import { makeTree, runShell, testEvidence } from "../helpers/evidence_case.ts";
import { runProgram } from "../helpers/program.ts";
import type { PacketFields } from "../helpers/repository.ts";
import { scriptCodex } from "../helpers/scripted_codex.ts";

const COMMITS: PacketFields = { more: "ALLOW COMMITS: true" };

testEvidence("refs", [
  {
    what: "tags, branches, notes and refs of one's own, new, moved and deleted",
    action: `git tag light; git tag -am x heavy; git tag -f v1 HEAD; git branch -qD other; git branch new
      git notes add -m x; git update-ref refs/mine HEAD; git symbolic-ref refs/heads/alias refs/heads/main`,
    found: [
      "git-state .git/refs/heads/alias",
      "git-state .git/refs/heads/new",
      "git-state .git/refs/heads/other",
      "git-state .git/refs/mine",
      "git-state .git/refs/notes/commits",
      "git-state .git/refs/tags/heavy",
      "git-state .git/refs/tags/light",
      "git-state .git/refs/tags/v1",
    ],
  },
  {
    what: "a packed tag is deleted",
    setup: "git pack-refs --all",
    action: "git tag -d v1",
    found: ["git-state .git/refs/tags/v1"],
  },
  {
    what: "checkout -b at the same commit",
    action: "git checkout -qb mine",
    found: ["git-state .git/HEAD", "git-state .git/refs/heads/mine"],
  },
  {
    what: "HEAD is turned to a branch of the same commit",
    setup: "git branch same",
    action: "git symbolic-ref HEAD refs/heads/same",
    found: ["git-state .git/HEAD"],
  },
  { what: "HEAD is detached", action: "git checkout -q --detach", found: ["git-state .git/HEAD"] },
  {
    what: "a commit in scope without leave",
    action: "echo x >>src/one.txt; git commit -qam x",
    found: ["git-state .git/refs/heads/main"],
  },
  {
    what: "an edit out of scope is committed",
    action: "echo x >>README.md; git commit -qam x",
    found: ["out-of-scope README.md", "git-state .git/refs/heads/main", "git-state README.md"],
  },
  {
    what: "an edit out of scope is amended and undone in tree and index",
    action: `echo x >>README.md; git commit -qa --amend --no-edit
      git show HEAD~1:README.md >README.md; git add README.md`,
    found: ["git-state .git/refs/heads/main"],
  },
  {
    what: "reset --soft",
    action: "git reset -q --soft HEAD~1",
    found: ["git-state .git/refs/heads/main"],
  },
  {
    what: "reset --hard",
    action: "git reset -q --hard HEAD~1",
    found: ["out-of-scope docs/guide.md", "git-state .git/refs/heads/main", "git-state docs/guide.md"],
  },
  {
    what: "a verifier commits nothing",
    packet: { mode: "verifier" },
    action: "git commit -q --allow-empty -m x",
    found: ["git-state .git/refs/heads/main"],
  },
  {
    what: "a stash is left",
    action: "echo x >>src/one.txt; git stash -q; git stash apply -q",
    found: ["git-state .git/refs/stash"],
  },
  {
    what: "a stash of before is popped",
    setup: "echo x >>src/one.txt; git stash -q",
    action: "git stash pop -q",
    found: ["git-state .git/refs/stash"],
  },
  {
    what: "a commit, undone again",
    action: "echo x >>README.md; git commit -qam x; git reset -q --hard HEAD~1",
  },
  {
    what: "remote-tracking refs move",
    action: "git fetch -q . main:refs/remotes/origin/main; git update-ref refs/prefetch/x HEAD",
  },
]);

testEvidence("what git does by itself", [
  {
    what: "gc, pack-refs, repack, commit-graph, fsck, reflog expire, stash and pop with an edit of before",
    setup: "echo mine >>README.md; echo mine >mine.txt",
    action: `echo x >>src/one.txt; git stash -qu; git stash pop -q; git gc -q; git pack-refs --all
      git repack -adq; git commit-graph write --reachable; git fsck >/dev/null 2>&1
      git reflog expire --expire=now --all; git maintenance run --quiet --task=gc`,
  },
  {
    what: "a verifier only looks",
    packet: { mode: "verifier" },
    action: `touch README.md src/one.txt; git status >/dev/null; git diff >/dev/null; git log >/dev/null
      git describe --always >/dev/null; git blame README.md >/dev/null; git archive HEAD >/dev/null`,
  },
  {
    what: "another form of the index",
    action: "git update-index --index-version 4; git update-index --split-index; git update-index --refresh",
  },
  {
    what: "rerere, lfs objects, logs",
    action:
      "for each in rr-cache/x lfs/objects logs/refs; do mkdir -p .git/$each; echo x >.git/$each/y; done",
  },
]);

testEvidence("what steers git", [
  {
    what: "hooks, info, merge state, alternates, replaced objects, all at once",
    setup: "mkdir -p .git/hooks; echo x >.git/hooks/pre-push",
    action: `mkdir -p .git/info .git/objects/info .git/rebase-merge .git/worktrees/w
      echo x >.git/hooks/post-merge; ln -s /bin/true .git/hooks/update; chmod +x .git/hooks/pre-push
      echo x >>.git/info/exclude; echo '* -text' >.git/info/attributes; git rev-parse HEAD >.git/info/grafts
      git rev-parse other >.git/MERGE_HEAD; echo x >.git/rebase-merge/head-name; git rev-parse HEAD >.git/shallow
      echo "$HOME" >.git/objects/info/alternates; git replace HEAD:docs/guide.md HEAD:README.md; echo x >.git/EVIL
      echo x >.git/description; touch .git/index.lock; echo x >.git/worktrees/w/gitdir`,
    found: [
      "git-state .git/EVIL",
      "git-state .git/MERGE_HEAD",
      "git-state .git/description",
      "git-state .git/hooks/post-merge",
      "git-state .git/hooks/pre-push",
      "git-state .git/hooks/update",
      "git-state .git/index.lock",
      "git-state .git/info/attributes",
      "git-state .git/info/exclude",
      "git-state .git/info/grafts",
      "git-state .git/objects/info/alternates",
      "git-state .git/rebase-merge/head-name",
      "git-state .git/shallow",
      "git-state .git/worktrees/w/gitdir",
      "git-state .git/refs/replace/fb09d0f1c37c8ef4c1f23c1d8c8416f80ca77c4f",
    ],
  },
  {
    what: "alternates are turned to another store",
    setup: `git init -q --bare "$HOME/store"; echo "$HOME/store/objects" >.git/objects/info/alternates`,
    action: `echo "$HOME/other/objects" >.git/objects/info/alternates`,
    found: ["git-state .git/objects/info/alternates"],
  },
  {
    what: "the global configuration, by both of its files",
    action: `git config --global alias.x '!evil'; mkdir -p "$HOME/.config/git"
      echo '*.x filter=evil' >"$HOME/.config/git/attributes"`,
    found: ["git-state ~/.config/git/attributes", "git-state ~/.gitconfig"],
  },
  {
    what: "the global excludes, in a file that the configuration names",
    setup: `echo a >"$HOME/ignored"; git config --global core.excludesFile '~/ignored'`,
    action: `echo '*.txt' >>"$HOME/ignored"; echo x >hidden.txt`,
    found: ["out-of-scope hidden.txt", "git-state ~/ignored"],
  },
  {
    what:
      "files that the configuration includes: one with something in it, an empty one, one that is not there",
    setup: `printf '[x]\\ny = z\\n' >"$HOME/full"; touch "$HOME/empty"
      for each in full empty none; do git config --global --add include.path "$HOME/$each"; done`,
    action: `for each in full empty none; do printf '[alias]\\nx = y\\n' >>"$HOME/$each"; done`,
    found: ["git-state ~/empty", "git-state ~/full", "git-state ~/none"],
  },
  {
    what: "hooks that stand in the tree",
    setup:
      "mkdir hooks; echo x >hooks/pre-push; git config core.hooksPath hooks; git add -A; git commit -qm h",
    action: "echo y >hooks/pre-push",
    found: ["out-of-scope hooks/pre-push"],
  },
  {
    what: "the repository's own configuration, told once",
    action: "git config core.hooksPath evil",
    found: ["git-state .git/config"],
  },
  {
    what: ".git is swapped for a copy of itself",
    action: "mv .git .copied; cp -a .copied .git; rm -rf .copied",
    found: ["git-state .git"],
  },
]);

/** | shell commands before the run | the name that is told | */
const PIPES: readonly (readonly [before: string, name: string])[] = [
  ["rm .gitignore; mkfifo .gitignore", ".gitignore"],
  ["mkfifo src/deep/.gitattributes", "src/deep/.gitattributes"],
  ["rm -f .git/info/exclude; mkdir -p .git/info; mkfifo .git/info/exclude", ".git/info/exclude"],
  ["rm .git/index; mkfifo .git/index", ".git/index"],
  ["git init -q inner; mkfifo inner/.git/commondir", "inner/.git/commondir"],
  ['mkdir -p "$HOME/.config/git"; mkfifo "$HOME/.config/git/ignore"', "~/.config/git/ignore"],
  ['mkfifo "$HOME/list"; git config core.excludesFile "~/list"', "~/list"],
];

for (const [before, name] of PIPES) {
  Deno.test(`a pipe that git would wait for is refused before a run: ${before}`, async () => {
    await using repository = await makeTree();
    await runShell(repository, before);
    const task = await writePacket(repository, repository.packet());
    const codex = await scriptCodex(repository);
    const { code, stderr } = await runProgram(["--task", task, "--codex", codex, "--force"], {
      env: repository.env,
      cwd: repository.home,
    });
    assert.equal(code, 2, stderr);
    assert.ok(stderr.includes(`"${name}" is a pipe`), stderr);
  });
}

Deno.test("a list of ignored files that is a device is not read to its end", async () => {
  await using repository = await makeTree();
  await runShell(repository, 'mkdir -p "$HOME/.config/git"; ln -s /dev/zero "$HOME/.config/git/ignore"');
  const { code, stderr } = await dispatchScripted(repository, repository.packet());
  assert.equal(code, 0, stderr);
});

Deno.test("a pipe that a worker puts in the place of the global configuration holds nothing up", async () => {
  await using repository = await makeTree();
  const script = { action: 'rm "$HOME/.gitconfig"; mkfifo "$HOME/.gitconfig"' };
  const { policy, result } = await dispatchScripted(repository, repository.packet(), { script });
  assert.deepEqual(policy.violations.map(({ kind, path }) => [kind, path]), [["git-state", "~/.gitconfig"]]);
  // Waited for, git would have been ended after a minute.
  assert.ok(result.duration_ms < 30_000, `${result.duration_ms} ms`);
});

Deno.test("the global configuration is the one that the environment names, too", async () => {
  await using repository = await makeTree();
  const env = { GIT_CONFIG_GLOBAL: join(repository.home, "git", "global") };
  await Deno.mkdir(join(repository.home, "git"));
  const dispatch = (action: string): Promise<Dispatched> =>
    dispatchScripted(repository, repository.packet(), { script: { action }, env });
  assert.equal((await dispatch("git config --global --list || :")).code, 0);
  const { policy } = await dispatch("git config --global alias.x '!evil'");
  assert.deepEqual(policy.violations.map(({ kind, path }) => [kind, path]), [["git-state", "~/git/global"]]);
});

testEvidence("the index", [
  {
    what: "a worker stages its own paths, adds, removes and renames them",
    action: `echo x >>src/one.txt; echo y >src/new; git add src; git mv src/deep/two.txt src/three.txt
      git rm -q --cached src/new; echo z >src/intended; git add -N src/intended`,
  },
  {
    what: "a verifier stages nothing, not even what was dirty",
    packet: { mode: "verifier" },
    setup: "echo mine >>README.md",
    action: "git add README.md",
    found: ["git-state README.md"],
  },
  {
    what: "what was staged is unstaged",
    setup: "echo mine >>README.md; git add README.md",
    action: "git reset -q",
    found: ["git-state README.md"],
  },
  {
    what: "rm --cached, chmod in the index alone, content staged and undone in the tree",
    action: `git rm -q --cached README.md; git update-index --chmod=+x .gitignore
      echo x >>docs/guide.md; git add docs/guide.md; git show HEAD:docs/guide.md >docs/guide.md`,
    found: ["git-state .gitignore", "git-state README.md", "git-state docs/guide.md"],
  },
  {
    what: "bits that hide an edit",
    action: `git update-index --assume-unchanged README.md; git update-index --skip-worktree docs/guide.md
      echo x >>README.md; echo x >>docs/guide.md`,
    found: [
      "out-of-scope README.md",
      "out-of-scope docs/guide.md",
      "git-state README.md",
      "git-state docs/guide.md",
    ],
  },
  {
    what: "bits of before hide nothing",
    setup: "git update-index --assume-unchanged README.md; git update-index --skip-worktree docs/guide.md",
    action: "echo x >>README.md; sed -i s/g/G/ docs/guide.md",
    found: ["out-of-scope README.md", "out-of-scope docs/guide.md"],
  },
  {
    what: "the index is deleted",
    action: "rm .git/index",
    found: [
      "git-state .gitignore",
      "git-state README.md",
      "git-state docs/guide.md",
    ],
  },
  { what: "the index is noise", action: "echo noise >.git/index", found: ["git-state .git/index"] },
]);

testEvidence("the index and the objects", [
  {
    what: "bits that hide a path of the scope from its owner",
    action:
      "echo x >>src/one.txt; git update-index --skip-worktree src/one.txt --assume-unchanged src/deep/two.txt",
    found: ["git-state src/deep/two.txt", "git-state src/one.txt"],
  },
  { what: "all objects are deleted", action: "rm -rf .git/objects/??", found: ["git-state .git/objects"] },
]);

testEvidence("ALLOW COMMITS", [
  {
    what: "commits in scope, a merge of such a branch, an empty one",
    packet: COMMITS,
    setup: "git checkout -qb mine; echo x >>src/deep/two.txt; git commit -qam mine; git checkout -q main",
    action:
      "echo x >>src/one.txt; git commit -qam x; git commit -q --allow-empty -m y; git merge -q --no-edit mine",
  },
  {
    what: "the first commit of all",
    setup: "rm -rf .git README.md docs src .gitignore; git init -q",
    packet: COMMITS,
    action: "mkdir src; echo x >src/a; git add -A; git commit -qm first",
  },
  {
    what: "a commit out of scope, reverted by the next",
    packet: COMMITS,
    action: "echo x >>README.md; git commit -qam x; git revert --no-edit HEAD >/dev/null",
    found: ["git-state README.md"],
  },
  {
    what: "a commit of an odd name, taken back by the next",
    packet: COMMITS,
    action:
      `n="$(printf '\\n.')"; echo x >"${"${n%.}"}"; git add -A; git commit -qm x; git rm -qf "${"${n%.}"}"; git commit -qm y`,
    found: ["git-state \n"],
  },
  {
    what: "a merge of somebody's branch",
    packet: COMMITS,
    action: "git merge -q -s ours --no-edit other",
    found: ["git-state docs/guide.md"],
  },
  {
    what: "amended",
    packet: COMMITS,
    action: "echo x >>src/one.txt; git commit -qa --amend --no-edit",
    found: ["git-state .git/refs/heads/main"],
  },
  {
    what: "on another branch, with a tag, then back",
    packet: COMMITS,
    action:
      "git checkout -qb mine; echo x >>src/one.txt; git commit -qam x; git tag v2; git checkout -q main",
    found: ["git-state .git/refs/heads/mine", "git-state .git/refs/tags/v2"],
  },
  {
    what: "in a read-only mode",
    packet: { mode: "reviewer", ...COMMITS },
    action: "git commit -q --allow-empty -m x",
    found: ["git-state .git/refs/heads/main"],
  },
]);

Deno.test("refs that others move are reported", async () => {
  await using repository = await makeTree();
  await runShell(repository, `git worktree add -q "$HOME/wt" -b wt`);
  const run = await dispatchScripted(repository, repository.packet(), {
    script: {
      action: `git update-ref refs/remotes/origin/main HEAD; cd "$HOME/wt"; git commit -q --allow-empty -m x`,
    },
  });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.policy.git.moved_refs, ["refs/heads/wt", "refs/remotes/origin/main"]);
  assert.equal(run.policy.git.head_before, await repository.git("rev-parse", "main"));
});
