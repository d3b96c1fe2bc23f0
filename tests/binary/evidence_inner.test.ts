import { testEvidence } from "../helpers/evidence_case.ts";

testEvidence("repositories within the repository", [
  {
    what: "made in and out of scope",
    action:
      `git init -q src/inner; echo x >src/inner/f; mkdir src/file; echo 'gitdir: ../../.git' >src/file/.git
      git init -q docs; echo x >docs/hidden`,
    found: [
      "out-of-scope docs/.git/",
      "out-of-scope docs/hidden",
      "git-state src/file/.git",
      "git-state src/inner/.git/",
    ],
  },
  {
    what: "one of before: an edit, a commit, a hook, its index",
    setup: "git init -q vendor/dep; cd vendor/dep; echo a >f; echo b >g; git add -A; git commit -qm n",
    action: `cd vendor/dep; echo x >>f; git commit -qam x; echo x >>g; git add g; git show HEAD:g >g
      echo x >.git/hooks/pre-push`,
    found: [
      "out-of-scope vendor/dep/f",
      "git-state vendor/dep/.git/hooks/pre-push",
      "git-state vendor/dep/.git/refs/heads/main",
      "git-state vendor/dep/f",
      "git-state vendor/dep/g",
    ],
  },
  {
    what: "one of before, only looked at",
    setup: "git init -q vendor/dep; cd vendor/dep; echo a >f; git add -A; git commit -qm n",
    action: "cd vendor/dep; touch f; git status >/dev/null; git gc -q",
  },
  {
    what: "one of before loses its repository",
    setup: "git init -q vendor/dep; cd vendor/dep; echo a >f; git add -A; git commit -qm n",
    action: "rm -rf vendor/dep/.git",
    found: ["git-state vendor/dep/.git/index", "out-of-scope vendor/dep/.git/"],
  },
  {
    what: "one in ignored build output appears",
    packet: { mode: "verifier" },
    action: "git init -q build/dep; cd build/dep; echo a >f; git add f; git commit -qm fetched",
  },
]);

testEvidence("repositories within the repository", [
  {
    what: "one of before is deleted in ignored build output, and made anew",
    packet: { mode: "verifier" },
    setup: "git init -q build/dep; cd build/dep; echo a >f; git add f; git commit -qm fetched",
    action: "rm -rf build; git init -q build/dep",
  },
  {
    what: "one in ignored build output is fetched anew",
    packet: { mode: "verifier" },
    setup: "git init -q build/dep; cd build/dep; echo a >f; git add f; git commit -qm fetched",
    action: "cd build/dep; echo b >f; git commit -qam again",
  },
]);

const SUBMODULE = `git init -q "$HOME/sub"; cd "$HOME/sub"; echo a >f; git add f; git commit -qm 1; echo b >>f
  git commit -qam 2; cd "$OLDPWD"; git -c protocol.file.allow=always submodule --quiet add "$HOME/sub" sub
  git commit -qm sub`;

testEvidence("submodules", [
  {
    what: "an edit in scope, staged",
    setup: SUBMODULE,
    packet: { scope: ["sub/"] },
    action: "echo x >>sub/f; git -C sub add f; git submodule --quiet status; git -C sub gc -q",
  },
  {
    what: "an edit out of scope",
    setup: SUBMODULE,
    action: "echo x >>sub/f",
    found: ["out-of-scope sub/f"],
  },
  {
    what: "its HEAD moves, its hooks and configuration change, bits of its index",
    setup: SUBMODULE,
    packet: { scope: ["sub/"] },
    action: `git -C sub update-index --assume-unchanged f; git -C sub commit -q --allow-empty -m x
      git -C sub config x.y z; mkdir -p .git/modules/sub/objects/info
      echo x >.git/modules/sub/objects/info/alternates; echo x >.git/modules/sub/hooks/pre-push`,
    found: [
      "git-state .git/modules/sub/config",
      "git-state .git/modules/sub/hooks/pre-push",
      "git-state .git/modules/sub/objects/info/alternates",
      "git-state .git/modules/sub/refs/heads/main",
    ],
  },
  {
    what: "checked out elsewhere",
    setup: SUBMODULE,
    action: "git -C sub checkout -q HEAD~1",
    found: ["out-of-scope sub/f", "git-state .git/modules/sub/HEAD", "git-state sub/f"],
  },
  {
    what: "its gitfile is turned",
    setup: SUBMODULE,
    action: "echo 'gitdir: ../.git' >sub/.git",
    found: ["out-of-scope sub/.git"],
  },
]);

testEvidence("linked work trees", [
  {
    what: "others go on with theirs",
    setup: `git worktree add -q "$HOME/wt" -b wt`,
    action:
      `cd "$HOME/wt"; echo x >>README.md; git commit -qam x; git stash list; git rev-parse main >"$(git rev-parse --git-dir)/MERGE_HEAD"`,
  },
  {
    what: "one is added",
    action: `git worktree add -q "$HOME/wt" -b wt`,
    found: [
      "git-state .git/worktrees/wt/commondir",
      "git-state .git/worktrees/wt/gitdir",
      "git-state .git/refs/heads/wt",
    ],
  },
  {
    what: "one is removed, another locked",
    setup: `git worktree add -q "$HOME/wt" -b wt; git worktree add -q "$HOME/kept" -b kept`,
    action: `git worktree remove "$HOME/wt"; git worktree lock "$HOME/kept"`,
    found: [
      "git-state .git/worktrees/kept/locked",
      "git-state .git/worktrees/wt/commondir",
      "git-state .git/worktrees/wt/gitdir",
    ],
  },
  {
    what: "WORKDIR is one: its own branch, its index, its state",
    setup: `git worktree add -q "@ROOT@/../wt" -b wt`,
    packet: { workdir: "@ROOT@/../wt" },
    action: `echo x >>src/one.txt; echo x >>README.md; git add README.md; git commit -qm x
      git rev-parse main >"$(git rev-parse --git-dir)/MERGE_HEAD"`,
    found: [
      "out-of-scope README.md",
      "git-state .git/worktrees/wt/MERGE_HEAD",
      "git-state .git/refs/heads/wt",
      "git-state README.md",
    ],
  },
]);
