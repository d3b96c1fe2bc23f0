import assert from "node:assert/strict";
import { ignoredBy, readIgnoreRules } from "../../../lib/evidence/ignore_rules.ts";
import { Git } from "../../../lib/evidence/git.ts";
import { findGitFolder } from "../../../lib/evidence/git_folder.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { decodePath } from "../../../lib/base/tree_path.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { inside, shell } from "./observing.ts";

/** Which of the paths the repository's rules ignore, as they are now. */
async function ignored(
  repository: TestRepository,
  paths: readonly string[],
  meanwhile?: string,
): Promise<string[]> {
  const { root, env, home } = repository;
  const [walker, folder, config] = [
    bestWalker(),
    await findGitFolder(root),
    await new Git(root, env).config(),
  ];
  assert.ok(folder);
  const entries = await walker.walk(root, (path) => path === ".git");
  const rules = await readIgnoreRules({ root, entries, config, folder, environment: env, walker });
  if (meanwhile) await shell(repository, meanwhile);
  return [...await ignoredBy(rules, paths, { scratch: home, environment: env })];
}

const SOURCES: readonly { from: string; lines: string; is: readonly string[] }[] = [
  { from: "no file", lines: ":", is: [] },
  {
    from: "the root's .gitignore",
    lines: "echo '*.log' > .gitignore",
    is: ["x.log", "src/x.log", "src/deep/x.log"],
  },
  { from: "a deeper .gitignore", lines: "echo '/x.log' > src/.gitignore", is: ["src/x.log"] },
  { from: "an ignored .gitignore", lines: "echo '*' > src/.gitignore", is: ["src/x.log", "src/deep/x.log"] },
  {
    from: "a .gitignore that takes back",
    lines: "echo '*.log' > .gitignore; echo '!x.log' > src/.gitignore",
    is: ["x.log"],
  },
  {
    from: ".git/info/exclude",
    lines: "echo 'x.log' >> .git/info/exclude",
    is: ["x.log", "src/x.log", "src/deep/x.log"],
  },
  {
    from: "the user's own list",
    lines: "mkdir -p ~/.config/git; echo '/x.log' > ~/.config/git/ignore",
    is: ["x.log"],
  },
  {
    from: "a list that is configured",
    lines: "echo '/x.log' > ~/list; git config --global core.excludesFile '~/list'",
    is: ["x.log"],
  },
  {
    from: "a list that replaces the user's own",
    lines:
      "mkdir -p ~/.config/git; echo '*.log' > ~/.config/git/ignore; echo '/src' > ../list; git config core.excludesFile \"$PWD/../list\"",
    is: ["src/x.log", "src/deep/x.log"],
  },
  { from: "a .gitignore that is a link", lines: "echo '*.log' > list; ln -s list .gitignore", is: [] },
];

for (const { from, lines, is } of SOURCES) {
  Deno.test(`by ${from}, ${is.join(" and ") || "nothing"} is ignored`, async () => {
    await using repository = await makeRepository();
    await shell(repository, lines);
    assert.deepEqual(await ignored(repository, ["x.log", "src/x.log", "src/deep/x.log", "other"]), is);
  });
}

const NAMES: readonly { rule: string; path: string; is: boolean }[] = [
  { rule: "build/", path: "build/", is: true },
  { rule: "build/", path: "build", is: false },
  { rule: "build/", path: "build/deep/a", is: true },
  { rule: "build", path: "a/build", is: true },
  { rule: "/build", path: "a/build", is: false },
  { rule: "a b", path: "a b", is: true },
  { rule: "new*", path: "new\nline", is: true },
  { rule: 'quo"te', path: 'quo"te', is: true },
  { rule: "ü", path: "ü", is: true },
  { rule: "-x", path: "-x", is: true },
  { rule: "\\:x", path: ":x", is: true },
  { rule: "\\!x", path: "!x", is: true },
  { rule: "\\[a]", path: "[a]", is: true },
  { rule: "a", path: "*", is: false },
  { rule: "l*", path: decodePath(new Uint8Array([0x6c, 0xe9])), is: true },
  { rule: "m*", path: decodePath(new Uint8Array([0x6c, 0xe9])), is: false },
  { rule: "inner/", path: "inner/.git/", is: true },
  { rule: "other", path: "inner/.git/", is: false },
];

for (const { rule, path, is } of NAMES) {
  Deno.test(`the rule ${JSON.stringify(rule)} ${is ? "ignores" : "does not ignore"} ${JSON.stringify(path)}`, async () => {
    await using repository = await makeRepository();
    await repository.write(".gitignore", `${rule}\n`);
    assert.deepEqual(await ignored(repository, [path]), is ? [path] : []);
  });
}

Deno.test("capital letters matter as the repository says", async () => {
  await using repository = await makeRepository();
  await repository.write(".gitignore", "BUILD\n");
  assert.deepEqual(await ignored(repository, ["build"]), []);
  await repository.git("config", "core.ignoreCase", "true");
  assert.deepEqual(await ignored(repository, ["build"]), ["build"]);
});

Deno.test("the rules are those of the moment when they were read, whatever was done since", async () => {
  await using repository = await makeRepository();
  await shell(repository, "mkdir -p build; echo /build > .gitignore");
  const work =
    "echo '*' > .gitignore; echo '*' > .git/info/exclude; echo '[[[' > ~/.gitconfig; rm -rf .git build";
  assert.deepEqual(await ignored(repository, ["build/", "build/a", "x"], work), ["build/", "build/a"]);
});

Deno.test("a path that is a file now and a folder's name in another is asked for all the same", async () => {
  await using repository = await makeRepository();
  await shell(repository, "echo '*.o' > .gitignore; echo 1 > a");
  assert.deepEqual(await ignored(repository, ["a", "a/b.o", "a/c", ".gitignore/x.o"]), [
    "a/b.o",
    ".gitignore/x.o",
  ]);
});

Deno.test("nothing is left behind", async () => {
  await using repository = await makeRepository();
  await ignored(repository, ["a", "b/c"]);
  assert.deepEqual([...Deno.readDirSync(repository.home)].map(({ name }) => name), [".gitconfig"]);
  await Deno.lstat(inside(repository, ".git"));
});
