import assert from "node:assert/strict";
import { makeRepository } from "../../helpers/repository.ts";
import { Observation, type RulesInWords, shell } from "./observing.ts";

interface Judged {
  readonly rules?: RulesInWords;
  /** The violations, as `kind path`; a path without a kind is one of git's state. */
  readonly is: readonly string[];
}

interface Case {
  readonly title: string;
  /** Lines of shell, before the first look at the repository and between the two. */
  readonly before?: string;
  readonly work: string;
  readonly judged: readonly Judged[];
  /** Refs that moved and may. */
  readonly moved?: readonly string[];
}

const free = (title: string, work: string, more: Partial<Case> = {}): Case => ({
  title: `${title} is free`,
  work,
  judged: [{ is: [] }, { rules: { mode: "reviewer" }, is: [] }],
  ...more,
});
const found = (title: string, work: string, is: readonly string[], more: Partial<Case> = {}): Case => ({
  title: `${title} is found`,
  work,
  judged: [{ is }, { rules: { mode: "verifier" }, is }, { rules: { scope: ["."], waive: ["**"] }, is }],
  ...more,
});

const HEAD = "refs/heads/main";
const EMPTY_COMMIT = "git commit -q --allow-empty -m more";
const SIGNED_OFF = "$(git commit-tree -p HEAD -m other HEAD^{tree})";

const REFS: readonly Case[] = [
  found("a commit", EMPTY_COMMIT, [`.git/${HEAD}`]),
  found("a new tag", "git tag v1", [".git/refs/tags/v1"]),
  found("a tag that went", "git tag -d v1", [".git/refs/tags/v1"], {
    before: "git tag v1; git pack-refs --all",
  }),
  found("a new branch", "git branch side", [".git/refs/heads/side"]),
  found("a branch named like a remote one", "git branch refs/remotes/x", [".git/refs/heads/refs/remotes/x"]),
  found("a branch that moved", `git update-ref refs/heads/side ${SIGNED_OFF}`, [".git/refs/heads/side"], {
    before: "git branch side",
  }),
  found("a HEAD on another branch", "git checkout -q side", [".git/HEAD"], { before: "git branch side" }),
  found("a HEAD on no branch", "git checkout -q --detach", [".git/HEAD"]),
  found("an object replaced", `git replace HEAD ${SIGNED_OFF}`, [`.git/refs/replace/COMMIT`]),
  found("a note", "git notes add -m x", [".git/refs/notes/commits"]),
  found("a stash left behind", "echo 2 > README.md; git stash -q", [".git/refs/stash"]),
  free("a stash taken back", "echo 2 > src/one.txt; git stash -q; git stash pop -q", {
    judged: [{ is: [] }, { rules: { mode: "reviewer" }, is: ["read-only src/one.txt"] }],
  }),
  free("packing refs", "git pack-refs --all --prune", { before: "git tag v1; git branch side" }),
  free("collecting garbage", "git gc -q --prune=now", {
    before: `${EMPTY_COMMIT}; git branch side; git tag -m x v1`,
  }),
  free(
    "what follows a remote",
    `git update-ref refs/remotes/origin/main ${SIGNED_OFF}; echo x > .git/FETCH_HEAD`,
    {
      moved: ["refs/remotes/origin/main"],
    },
  ),
  free(
    "the branch of another work tree",
    `git -C ../other commit -q --allow-empty -m theirs; touch ../other/new`,
    {
      before: "git worktree add -q ../other -b theirs",
      moved: ["refs/heads/theirs"],
    },
  ),
  found("a work tree added", "git worktree add -q --detach ../other", [
    ".git/worktrees/other/commondir",
    ".git/worktrees/other/gitdir",
  ]),
];

const NEW_OBJECT = "echo new | git hash-object -w --stdin";
/** As a sparse checkout of a partial clone has them. */
const MISSING_OBJECT =
  "git update-index --add --cacheinfo 100644,$(echo never | git hash-object --stdin),far.txt; " +
  "git update-index --skip-worktree far.txt";

const FILES_OF_GIT: readonly Case[] = [
  found("a changed configuration", "git config core.pager cat", [".git/config"]),
  found("a changed configuration of the user's", "git config --global core.pager cat", ["~/.gitconfig"]),
  found("a global list of ignored files", "mkdir -p ~/.config/git; echo x > ~/.config/git/ignore", [
    "~/.config/git/ignore",
  ]),
  found("a hook", "echo : > .git/hooks/pre-commit", [".git/hooks/pre-commit"]),
  found("a hook that may now be run", "chmod +x .git/hooks/pre-commit", [".git/hooks/pre-commit"], {
    before: "echo : > .git/hooks/pre-commit",
  }),
  found("a local list of ignored files", "echo x >> .git/info/exclude", [".git/info/exclude"]),
  found("local attributes", "echo x > .git/info/attributes", [".git/info/attributes"]),
  found("another place for objects", "echo /tmp > .git/objects/info/alternates", [
    ".git/objects/info/alternates",
  ]),
  found(
    "an object that HEAD needs and that went",
    "o=$(git rev-parse HEAD:README.md); rm -rf .git/objects/$(echo $o | cut -c 1-2)",
    [".git/objects"],
  ),
  free("an object that is missing since before", NEW_OBJECT, { before: MISSING_OBJECT }),
  free("an empty object that is only intended", NEW_OBJECT, {
    before: "echo 1 > src/new; git add -N src/new",
  }),
  {
    title: "a pipe in a .gitignore's place is told, and not waited for",
    work: "mkfifo .gitignore",
    judged: [{ is: ["out-of-scope .gitignore"] }],
  },
  found("a graft", "echo x > .git/info/grafts", [".git/info/grafts"]),
  found("a merge begun", "git rev-parse HEAD > .git/MERGE_HEAD", [".git/MERGE_HEAD"]),
  found("a pipe that git would wait for", "mkfifo .git/commondir", [".git/commondir"]),
  found("a pipe in HEAD's place", "rm .git/HEAD; mkfifo .git/HEAD", [".git/HEAD", ".git/HEAD"]),
  found("a .git in the place of the other", "mv .git ../old; cp -R ../old .git", [".git"]),
  found("a .git that points elsewhere", 'mv .git ../old; echo "gitdir: $PWD/../old" > .git', [".git"]),
  found("a .git that went", "rm -rf .git", [".git"]),
  free(
    "what git writes for itself",
    "for f in COMMIT_EDITMSG ORIG_HEAD FETCH_HEAD AUTO_MERGE gc.log; do echo 1 > .git/$f; done; mkdir -p .git/rr-cache/x; echo 1 > .git/rr-cache/x/preimage; git reflog expire --expire=now --all",
  ),
];

const INNER: readonly Case[] = [
  found("a commit in a repository within the tree", "git -C src/in commit -q --allow-empty -m x", [
    "src/in/.git/refs/heads/main",
  ], { before: "git init -q src/in; git -C src/in commit -q --allow-empty -m x" }),
  found("staging in it outside of the scope", "git -C lib/in add f", ["lib/in/f"], {
    before: "git init -q lib/in; echo 1 > lib/in/f",
    judged: [{ is: ["lib/in/f"] }, { rules: { scope: ["lib/"] }, is: [] }],
  }),
  found("its .git in pieces", "rm src/in/.git/HEAD", ["src/in/.git/HEAD"], { before: "git init -q src/in" }),
  {
    title: "its .git gone is a change of the tree",
    before: "git init -q src/in; echo 1 > src/in/f",
    work: "rm -rf src/in/.git",
    judged: [{ is: ["src/in/.git/"] }, { rules: { mode: "verifier" }, is: ["read-only src/in/.git/"] }],
  },
];

const IN_SCOPE = "echo 2 > src/one.txt; git commit -q -a -m x";
const may: RulesInWords = { allowCommits: true };

const COMMITS: readonly Case[] = [
  {
    title: "ALLOW COMMITS lets a worker's branch go forward in the scope, and nobody else's",
    work: IN_SCOPE,
    judged: [
      { rules: may, is: [] },
      { is: [`.git/${HEAD}`] },
      { rules: { ...may, mode: "verifier" }, is: [`.git/${HEAD}`, "read-only src/one.txt", "src/one.txt"] },
    ],
  },
  {
    title: "a commit that touches other files is found, though a later one takes it back",
    work: `echo 2 > README.md; ${IN_SCOPE}; git checkout -q HEAD~1 README.md; git commit -q -m back`,
    judged: [{ rules: may, is: ["README.md"] }, { rules: { ...may, scope: ["src/", "README.md"] }, is: [] }],
  },
  {
    title: "a commit of a file that never stood in the tree is found, were its name a blank",
    work:
      'echo x | git hash-object -w --stdin > ../id; git update-index --add --cacheinfo "100644,$(cat ../id), "; git commit -q -m x; git rm -q --cached " "; git commit -q -m y',
    judged: [{ rules: may, is: [" "] }],
  },
  {
    title: "a commit of what is protected needs its name in the scope",
    work:
      "echo '* text' > .gitattributes; git add .gitattributes; git commit -q -m x; git rm -q .gitattributes; git commit -q -m y",
    judged: [
      { rules: { ...may, scope: ["."] }, is: [".gitattributes"] },
      { rules: { ...may, scope: [".gitattributes"] }, is: [] },
    ],
  },
  {
    title: "a merge brings in what the other side touched",
    before:
      "git checkout -q -b side; echo 1 > lib.txt; git add lib.txt; git commit -q -m side; git checkout -q main",
    work: "git merge -q --no-ff -m merge side",
    judged: [{ rules: may, is: ["lib.txt", "lib.txt", "out-of-scope lib.txt"] }, {
      rules: { ...may, scope: ["lib.txt"] },
      is: [],
    }],
  },
  {
    title: "the first commit of all is a step forward",
    before: "git checkout -q --orphan fresh; git rm -q -r --cached .",
    work: "git add src; git commit -q -m first",
    judged: [{ rules: may, is: [] }, { rules: {}, is: [".git/refs/heads/fresh"] }],
  },
  {
    title: "a branch that was rewound, amended or left did not go forward",
    before: `${EMPTY_COMMIT}; git branch side`,
    work: "git reset -q --hard HEAD~1",
    judged: [{ rules: may, is: [`.git/${HEAD}`] }],
  },
  {
    title: "a commit amended is found",
    work: "git commit -q --amend -m other",
    judged: [{ rules: may, is: [`.git/${HEAD}`] }],
  },
  {
    title: "commits on another branch are found",
    work: `git checkout -q -b other; ${IN_SCOPE}`,
    judged: [{ rules: may, is: [".git/HEAD", ".git/refs/heads/other"] }],
  },
  {
    title: "commits on another branch are found, HEAD being back in its place",
    work: `git checkout -q -b other; ${EMPTY_COMMIT}; git checkout -q main`,
    judged: [{ rules: may, is: [".git/refs/heads/other"] }],
  },
];

const INDEX: readonly Case[] = [
  {
    title: "a worker may stage what is in its scope, and another mode nothing",
    work: "echo 2 > src/one.txt; echo 1 > src/two.txt; git add src; git rm -q --cached src/three.txt",
    before: "echo 3 > src/three.txt; git add src; git commit -q -m three",
    judged: [
      { is: [] },
      { rules: { scope: ["src/one.txt", "src/two.txt"] }, is: ["src/three.txt"] },
      {
        rules: { mode: "synthesizer", ignoredWrites: ["src/"] },
        is: ["read-only src/one.txt", "src/one.txt", "src/three.txt", "src/two.txt"],
      },
    ],
  },
  {
    title: "what is protected is staged in scope only where it is named",
    work: 'git update-index --add --cacheinfo "100644,$(git rev-parse HEAD:README.md),.gitattributes"',
    judged: [{ rules: { scope: ["."] }, is: [".gitattributes"] }, {
      rules: { scope: [".gitattributes"] },
      is: [],
    }],
  },
  free("an index refreshed", "touch src/one.txt README.md; git update-index --refresh"),
  free(
    "an index written anew with the same meaning",
    "git read-tree HEAD; git update-index --index-version 4",
  ),
  {
    title: "an index that went, or is no index, is found",
    work: "rm .git/index",
    judged: [{ is: ["README.md"] }, { rules: { scope: ["."] }, is: [] }],
  },
  found("an index that is no index", "echo junk > .git/index", [".git/index"]),
  {
    title: "an intent to add is staging",
    work: "echo 1 > src/new; git add -N src/new",
    judged: [{ is: [] }, { rules: { mode: "verifier" }, is: ["read-only src/new", "src/new"] }],
  },
];

for (
  const { title, before, work, judged, moved = [] } of [
    ...REFS,
    ...FILES_OF_GIT,
    ...INNER,
    ...COMMITS,
    ...INDEX,
  ]
) {
  Deno.test(title, async () => {
    await using repository = await makeRepository();
    if (before) await shell(repository, before);
    const commit = await repository.git("rev-parse", "--quiet", "--verify", "HEAD").catch(() => "none");
    await using observation = await Observation.of(repository, () => shell(repository, work));
    for (const { rules, is } of judged) {
      const judgement = observation.judge(rules);
      const told = judgement.violations.map(({ kind, path }) =>
        `${kind === "git-state" ? "" : `${kind} `}${path}`.replace(commit, "COMMIT")
      );
      assert.deepEqual(told.sort(), [...is].sort(), JSON.stringify(rules));
      assert.deepEqual(judgement.git.moved_refs, moved);
    }
  });
}
