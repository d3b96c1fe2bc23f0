import assert from "node:assert/strict";
import {
  identityDifferences,
  readTreeIdentity,
  type TreeIdentity,
} from "../../../../lib/pipeline/tree/tree_identity.ts";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { scopeOf, shell } from "../../evidence/observing.ts";
import { WALKER } from "./checking_out.ts";

interface Case {
  readonly what: string;
  readonly setup?: string;
  readonly work: string;
  /** What is told from before; nothing where the tree is known again. */
  readonly told?: readonly string[];
}

const INNER = "git init -q inner; git -C inner commit -q --allow-empty -m x";
const SUBMODULE = "git init -q ../other; git -C ../other commit -q --allow-empty -m other; " +
  'git -c protocol.file.allow=always submodule --quiet add "$PWD/../other" sub; git commit -q -m sub';

const CASES: readonly Case[] = [
  { what: "nothing happens", work: ":" },
  {
    what: "files are touched, and git looks at them",
    work: "touch README.md src/one.txt; git status >/dev/null",
  },
  { what: "an untracked file is written anew as it was", setup: "echo 1 >new", work: "rm new; echo 1 >new" },
  { what: "objects and refs are packed", setup: "git tag v1", work: "git gc -q; git pack-refs --all" },
  { what: "a remote branch moves", work: "git update-ref refs/remotes/origin/x HEAD" },
  {
    what: "work is stashed and brought back",
    setup: "echo 2 >README.md",
    work: "git stash -q; git stash pop -q",
  },
  { what: "our own records grow", work: "mkdir -p .codex-dispatch/runs; echo 1 >.codex-dispatch/runs/x" },
  {
    what: "caches and build output come and go",
    setup: "printf 'build/\\n__pycache__/\\n' >.gitignore; mkdir build; echo 1 >build/o",
    work: "rm -r build; mkdir src/__pycache__; echo 1 >src/__pycache__/x.pyc",
  },
  {
    what: "another work tree's branch moves",
    setup: "git worktree add -q -b other ../linked",
    work: "git -C ../linked commit -q --allow-empty -m x",
  },
  { what: "a file changes", work: "echo 2 >README.md", told: ["README.md"] },
  {
    what: "an untracked file changes, and its size and time do not",
    setup: "echo 1 >new",
    work: "touch -r new ../t; echo 2 >new; touch -r ../t new",
    told: ["new"],
  },
  { what: "files come and go", work: "echo 1 >new; rm src/one.txt", told: ["new", "src/one.txt"] },
  { what: "a mode changes", work: "chmod 600 README.md", told: ["README.md"] },
  { what: "a link is turned", setup: "ln -s a link", work: "ln -sfn b link", told: ["link"] },
  { what: "an empty folder comes", work: "mkdir empty", told: ["empty"] },
  {
    what: "an ignored file changes",
    setup: "echo .env >.gitignore; echo 1 >.env",
    work: "echo 12 >.env",
    told: [".env"],
  },
  {
    what: "something is staged",
    setup: "echo 1 >new",
    work: "git add new",
    told: ["new", "the index of git"],
  },
  {
    what: "a bit in the index hides a file",
    work: "git update-index --skip-worktree README.md",
    told: ["README.md", "the index of git"],
  },
  { what: "a commit is made", work: "git commit -q --allow-empty -m x", told: [".git/refs/heads/main"] },
  { what: "a tag is made", work: "git tag v1", told: [".git/refs/tags/v1"] },
  {
    what: "another branch is checked out",
    setup: "git branch other",
    work: "git checkout -q other",
    told: [".git/HEAD"],
  },
  { what: "a setting changes", work: "git config core.hooksPath hooks", told: [".git/config"] },
  { what: "a hook comes", work: "echo 1 >.git/hooks/pre-commit", told: [".git/hooks/pre-commit"] },
  {
    what: "a hook becomes a program",
    setup: "echo 1 >.git/hooks/pre-commit; chmod 644 .git/hooks/pre-commit",
    work: "chmod 755 .git/hooks/pre-commit",
    told: [".git/hooks/pre-commit"],
  },
  { what: "something is excluded", work: "echo x >>.git/info/exclude", told: [".git/info/exclude"] },
  {
    what: "attributes are given",
    work: "echo '* -text' >.git/info/attributes",
    told: [".git/info/attributes"],
  },
  {
    what: "objects come from elsewhere",
    work: "echo /x >.git/objects/info/alternates",
    told: [".git/objects/info/alternates"],
  },
  { what: "a lock is left", work: "touch .git/index.lock", told: [".git/index.lock"] },
  {
    what: "a setting of a repository in the tree changes",
    setup: INNER,
    work: "git -C inner config core.pager x; git -C inner commit -q --allow-empty -m y",
    told: ["inner/.git/config", "inner/.git/refs/heads/main"],
  },
  { what: "a repository in the tree is gone", setup: INNER, work: "rm -rf inner/.git", told: ["inner/.git"] },
  { what: "a repository comes into the tree", work: INNER, told: ["inner", "inner/.git"] },
  {
    what: "a hook of a submodule comes",
    setup: SUBMODULE,
    work: "mkdir -p .git/modules/sub/hooks; echo 1 >.git/modules/sub/hooks/post-checkout",
    told: [".git/modules/sub/hooks/post-checkout"],
  },
  { what: "a setting of the user changes", work: "git config --global core.pager x", told: ["~/.gitconfig"] },
];

for (const { what, setup, work, told = [] } of CASES) {
  Deno.test(`a tree is ${told.length === 0 ? "known again" : "told from itself"} where ${what}`, async () => {
    await using repository = await makeRepository();
    if (setup !== undefined) await shell(repository, setup);
    const before = await identity(repository);
    await shell(repository, work);
    assert.deepEqual(identityDifferences(before, await identity(repository)), told);
  });
}

Deno.test("what a scope grants is left out of what is different, and nothing that git keeps is in a scope", async () => {
  await using repository = await makeRepository();
  const before = await identity(repository);
  await shell(repository, "echo 2 >src/one.txt; echo 2 >README.md; git config core.pager x");
  const told = (scope: readonly string[]): Promise<string[]> =>
    identity(repository).then((after) => identityDifferences(before, after, scopeOf(scope)));
  assert.deepEqual(await told(["src/"]), ["README.md", ".git/config"]);
  assert.deepEqual(await told(["."]), [".git/config"]);
});

/** As another process would read it. */
async function identity({ root, env }: TestRepository): Promise<TreeIdentity> {
  const options = { environment: env, walker: WALKER, records: ".codex-dispatch" };
  return JSON.parse(JSON.stringify(await readTreeIdentity(root, options)));
}
