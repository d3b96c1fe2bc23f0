import assert from "node:assert/strict";
import { findGitFolder } from "../../../lib/evidence/git_folder.ts";
import { meaningOf } from "../../../lib/evidence/git_file_meanings.ts";
import { compareRepositories } from "../../../lib/evidence/repository_changes.ts";
import {
  currentBranch,
  readRepositoryState,
  type RepositoryState,
  resolveRef,
} from "../../../lib/evidence/repository_state.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { inside, Observation, shell } from "./observing.ts";

const MEANINGS: readonly { names: readonly string[]; is: ReturnType<typeof meaningOf> }[] = [
  { names: ["HEAD", "refs/heads/main", "refs/stash", "refs/bisect/bad"], is: "ref" },
  { names: ["index"], is: "index" },
  { names: ["sharedindex.abc"], is: "index-part" },
  { names: ["packed-refs"], is: "packed-refs" },
  {
    names: [
      "COMMIT_EDITMSG",
      "ORIG_HEAD",
      "FETCH_HEAD",
      "AUTO_MERGE",
      "gc.pid",
      "gc.log",
      "info/refs",
      "MERGE_RR",
      "logs/HEAD",
      "logs/refs/heads/main",
      "rr-cache/x/preimage",
      "lfs/objects/aa/bb/c",
      "fsmonitor--daemon.ipc",
      "fsmonitor--daemon/cookies/x",
    ],
    is: "free",
  },
  {
    names: [
      "config",
      "config.worktree",
      "description",
      "hooks/pre-commit",
      "info/exclude",
      "info/attributes",
      "info/sparse-checkout",
      "info/grafts",
      "shallow",
      "MERGE_HEAD",
      "CHERRY_PICK_HEAD",
      "REVERT_HEAD",
      "BISECT_LOG",
      "rebase-merge/done",
      "sequencer/todo",
      "index.lock",
      "commondir",
      "gitdir",
      "log",
      "lfsconfig",
      "MY_COMMIT_EDITMSG",
    ],
    is: "file",
  },
];

for (const { names, is } of MEANINGS) {
  Deno.test(`in a .git, ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and their like" : ""} mean: ${is}`, () => {
    for (const name of names) assert.equal(meaningOf(name), is, name);
  });
}

async function stateOf(repository: TestRepository, root = repository.root): Promise<RepositoryState> {
  const folder = await findGitFolder(root);
  assert.ok(folder);
  return await readRepositoryState(folder, bestWalker());
}

Deno.test("refs are the same packed or loose, and a loose one stands before a packed one", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "git tag v1; git tag -m x v2; git branch topic/x; git update-ref refs/remotes/origin/main HEAD",
  );
  const loose = await stateOf(repository);
  await repository.git("pack-refs", "--all");
  assert.deepEqual((await stateOf(repository)).refs, loose.refs);
  assert.deepEqual([...loose.refs.keys()].sort(), [
    "HEAD",
    "refs/heads/main",
    "refs/heads/topic/x",
    "refs/remotes/origin/main",
    "refs/tags/v1",
    "refs/tags/v2",
  ]);
  await repository.git("commit", "--quiet", "--allow-empty", "--message", "more");
  const head = await repository.git("rev-parse", "HEAD");
  assert.equal((await stateOf(repository)).refs.get("refs/heads/main"), head);
  assert.equal(resolveRef((await stateOf(repository)).refs, "HEAD"), head);
});

const REFS: readonly { refs: Record<string, string>; branch: string | null; commit: string | null }[] = [
  {
    refs: { HEAD: "ref: refs/heads/main", "refs/heads/main": "aa" },
    branch: "refs/heads/main",
    commit: "aa",
  },
  { refs: { HEAD: "ref: refs/heads/new" }, branch: "refs/heads/new", commit: null },
  { refs: { HEAD: "aa" }, branch: null, commit: "aa" },
  { refs: {}, branch: null, commit: null },
  {
    refs: { HEAD: "ref: refs/heads/a", "refs/heads/a": "ref: refs/heads/b", "refs/heads/b": "aa" },
    branch: "refs/heads/a",
    commit: "aa",
  },
  {
    refs: { HEAD: "ref: refs/heads/a", "refs/heads/a": "ref: refs/heads/a" },
    branch: "refs/heads/a",
    commit: null,
  },
];

for (const { refs, branch, commit } of REFS) {
  Deno.test(`with ${JSON.stringify(refs)} HEAD is on ${branch ?? "no branch"}, at ${commit ?? "no commit"}`, () => {
    const map = new Map(Object.entries(refs));
    assert.deepEqual([currentBranch(map), resolveRef(map, "HEAD")], [branch, commit]);
  });
}

Deno.test("objects are not looked at, but where else they come from is", async () => {
  await using repository = await makeRepository();
  await shell(repository, "echo /x > .git/objects/info/alternates");
  const names = [...(await stateOf(repository)).files.keys()].filter((name) => name.startsWith("objects"));
  assert.deepEqual(names, ["objects/info/alternates"]);
});

const STATES = (before: RepositoryState, after: RepositoryState): string[] => {
  const { changes, movedRefs } = compareRepositories(before, after, { name: ".git", allowed: null });
  return [...changes.map(({ path }) => path), ...movedRefs.map((ref) => `${ref} may move`)].sort();
};

const LINKED: readonly { what: string; lines: string; is: readonly string[] }[] = [
  { what: "its own commit", lines: "git commit -q --allow-empty -m x", is: [".git/refs/heads/linked"] },
  { what: "its own HEAD", lines: "git checkout -q --detach", is: [".git/HEAD"] },
  {
    what: "its own merge",
    lines: 'git rev-parse HEAD > "$(git rev-parse --git-dir)/MERGE_HEAD"',
    is: [".git/worktrees/linked/MERGE_HEAD"],
  },
  { what: "its own index", lines: "touch a; git add a", is: [] },
  {
    what: "the main one's commit",
    lines: "git -C '../work tree' commit -q --allow-empty -m x",
    is: ["refs/heads/main may move"],
  },
  { what: "the main one's HEAD", lines: "git -C '../work tree' checkout -q --detach", is: [] },
  { what: "the main one's merge", lines: "git rev-parse HEAD > '../work tree/.git/MERGE_HEAD'", is: [] },
  {
    what: "the main one's bisection",
    lines: "cd '../work tree'; git bisect start HEAD HEAD~1; git update-ref refs/worktree/x HEAD",
    is: [],
  },
  {
    what: "its own bisection",
    lines: "git update-ref refs/bisect/bad HEAD",
    is: [".git/refs/bisect/bad"],
  },
  { what: "the main one's lock of its index", lines: "touch '../work tree/.git/index.lock'", is: [] },
  {
    what: "a third one's commit",
    lines: "git -C ../third commit -q --allow-empty -m x",
    is: ["refs/heads/third may move"],
  },
  {
    what: "a third one's place",
    lines: "echo /x > '../work tree/.git/worktrees/third/gitdir'",
    is: [".git/worktrees/third/gitdir"],
  },
  { what: "a branch of nobody's", lines: "git branch -f nobody HEAD~1", is: [".git/refs/heads/nobody"] },
  { what: "the configuration of all", lines: "git config core.pager cat", is: [".git/config"] },
  {
    what: "a hook of all",
    lines: "echo : > '../work tree/.git/hooks/pre-push'",
    is: [".git/hooks/pre-push"],
  },
];

for (const { what, lines, is } of LINKED) {
  Deno.test(`seen from a linked work tree, ${what} is ${is.join(" and ") || "no matter"}`, async () => {
    await using repository = await makeRepository();
    const trees = "git worktree add -q ../linked -b linked; git worktree add -q ../third -b third";
    await shell(repository, `git commit -q --allow-empty -m more; git branch nobody; ${trees}`);
    const linked = inside(repository, "../linked");
    const before = await stateOf(repository, linked);
    await shell({ ...repository, root: linked }, lines);
    assert.deepEqual(STATES(before, await stateOf(repository, linked)), is);
  });
}

Deno.test("nobody works on the branch that a bare repository names", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "git clone -q --bare . ../bare; git -C ../bare worktree add -q ../linked -b linked",
  );
  const linked = inside(repository, "../linked");
  const before = await stateOf(repository, linked);
  await shell({ ...repository, root: linked }, "git commit -q --allow-empty -m x; git branch -f main");
  assert.deepEqual(STATES(before, await stateOf(repository, linked)), [
    ".git/refs/heads/linked",
    ".git/refs/heads/main",
  ]);
});

const SUBMODULE: readonly {
  what: string;
  lines: string;
  is: readonly string[];
  scope?: readonly string[];
}[] = [
  { what: "a file touched and its index refreshed", lines: "touch f.txt; git status > ../../out", is: [] },
  {
    what: "an object written, and garbage collected",
    lines: "echo x | git hash-object -w --stdin; git gc -q",
    is: [],
  },
  { what: "a file staged", lines: "echo 2 > f.txt; git add f.txt", is: ["git-state sub/f.txt"] },
  { what: "a file staged in scope", lines: "echo 2 > f.txt; git add f.txt", is: [], scope: ["sub/"] },
  {
    what: "another HEAD",
    lines: "git checkout -q -B other",
    is: ["git-state .git/PLACE/HEAD", "git-state .git/PLACE/refs/heads/other"],
  },
  { what: "a remote branch", lines: "git update-ref refs/remotes/origin/x HEAD", is: [] },
  {
    what: "a filter configured",
    lines: "git config filter.x.clean cat",
    is: ["git-state .git/PLACE/config"],
  },
  {
    what: "other places for objects",
    lines: 'echo /x > "$(git rev-parse --git-dir)/objects/info/alternates"',
    is: ["git-state .git/PLACE/objects/info/alternates"],
  },
];

for (const place of ["modules/sub", "worktrees/linked/modules/sub"]) {
  const where = place.startsWith("modules") ? "a submodule" : "a submodule of a linked work tree";
  for (const { what, lines, is, scope = ["src/", "sub/*.md"] } of SUBMODULE) {
    Deno.test(`in ${where}, ${what} is ${is.join(" and ") || "no matter"}`, async () => {
      await using repository = await makeRepository();
      await shell(
        repository,
        `git config --global protocol.file.allow always
        git init -q ../other; echo 1 > ../other/f.txt; git -C ../other add f.txt; git -C ../other commit -q -m other
        git submodule --quiet add "$PWD/../other" sub; git commit -q -m sub
        git worktree add -q ../linked -b linked; git -C ../linked submodule --quiet update --init`,
      );
      const root = place.startsWith("modules") ? repository.root : inside(repository, "../linked");
      await using observation = await Observation.of(
        { ...repository, root },
        () => shell({ ...repository, root: `${root}/sub` }, lines),
      );
      const told = observation.judge({ scope, waive: ["**"] }).violations.map(({ kind, path }) =>
        `${kind} ${path}`.replace(place, "PLACE")
      );
      assert.deepEqual(told.sort(), is);
    });
  }
}

const FOLDERS: readonly { what: string; lines: string; kind: RegExp }[] = [
  { what: "a folder", lines: ":", kind: /^folder \S+ .*work tree\/\.git .*work tree\/\.git$/ },
  {
    what: "a file that points elsewhere",
    lines: "mv .git ../g; echo 'gitdir: ../g' > .git",
    kind: /^file \S+ .*\/g .*\/g$/,
  },
  { what: "a link", lines: "mv .git ../g; ln -s ../g .git", kind: /^link \S+ .*\/g .*\/g$/ },
];

for (const { what, lines, kind } of FOLDERS) {
  Deno.test(`a .git that is ${what} is known as that`, async () => {
    await using repository = await makeRepository();
    await shell(repository, lines);
    const folder = await findGitFolder(repository.root);
    assert.match(folder?.identity ?? "", kind);
  });
}

for (
  const lines of [
    "rm -rf .git",
    "rm -rf .git; echo junk > .git",
    "rm -rf .git; mkfifo .git",
    "rm -rf .git; echo 'gitdir: /nowhere' > .git",
  ]
) {
  Deno.test(`after "${lines}" there is no repository to find${lines.includes("fifo") ? ", and nothing waits for one" : ""}`, async () => {
    await using repository = await makeRepository();
    await shell(repository, lines);
    const folder = await findGitFolder(repository.root);
    if (lines.includes("fifo")) assert.match(folder?.identity ?? "", /^other /);
    else assert.equal(folder, undefined);
  });
}
