import assert from "node:assert/strict";
import { type Dispatched, dispatchScripted } from "../helpers/dispatching.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { byHand, SMALL_PROJECTS, type SmallProject } from "../helpers/small_projects.ts";

async function makeProject({ files, installed = {} }: SmallProject): Promise<TestRepository> {
  const repository = await makeRepository(files);
  for (const [path, text] of Object.entries(installed)) await repository.write(path, text);
  return repository;
}

/** A verifier that does something. The tools of the machine find their own homes, and write to none of ours. */
async function verify(
  repository: TestRepository,
  action: string,
  { more, args = [] }: { readonly more?: string; readonly args?: readonly string[] } = {},
): Promise<Dispatched> {
  const rustup = Deno.env.get("RUSTUP_HOME") ?? `${Deno.env.get("HOME")}/.rustup`;
  const packet = repository.packet({ mode: "verifier", ...(more === undefined ? {} : { more }) });
  return await dispatchScripted(repository, packet, {
    script: { action },
    args,
    env: { RUSTUP_HOME: rustup, GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local" },
  });
}

function found(run: Dispatched): (string | undefined)[][] {
  return run.policy.violations.map(({ kind, path }) => [kind, path]);
}

/** What a message tells to write into the packet. */
function advice(run: Dispatched): string {
  const [, field] = /(IGNORED WRITES:\n(?:- .+\n?)+)/.exec(run.policy.messages.join("\n")) ?? [];
  assert.ok(field !== undefined, `no advice in: ${run.policy.messages.join()}`);
  return field;
}

for (const project of SMALL_PROJECTS) {
  Deno.test(`a verifier uses a project as it is: ${project.name}`, async () => {
    await using repository = await makeProject(project);
    const first = await verify(repository, project.action);
    assert.deepEqual([first.code, found(first)], [0, []], first.stderr);
    for (const path of project.writes) {
      const isThere = first.policy.tolerated.some((each) => each.startsWith(path));
      assert.ok(isThere, `"${path}" is not in ${first.policy.tolerated.join(", ")}`);
    }
    assert.equal(await first.artifact("changes.patch"), "");
    const again = await verify(repository, project.action);
    assert.deepEqual([again.code, found(again)], [0, []], again.stderr);
    assert.equal(await repository.git("status", "--short"), "");
  });
}

Deno.test("a worker that runs the tests has its work judged, and the output tolerated", async () => {
  await using repository = await makeRepository({ ".gitignore": "target/\n", "src/lib.rs": "\n" });
  const run = await dispatchScripted(repository, repository.packet(), {
    script: { action: `echo x >>src/lib.rs; ${byHand("target/debug/x", "src/target/y")}` },
  });
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.policy.tolerated, ["target/debug/x"]);
  assert.deepEqual(run.policy.changes.map(({ path, in_scope }) => [path, in_scope]), [
    ["src/lib.rs", true],
    ["src/target/y", true],
    ["target/debug/x", false],
  ]);
});

Deno.test("output that git does not ignore is a violation, and the advice, taken to the letter, mends it", async () => {
  await using repository = await makeRepository({ "main.py": "x = 1\n", "app/[slug]/page.js": "1;\n" });
  const action = byHand(
    "__pycache__/main.cpython-399.pyc",
    "app/[slug]/dist/page.js",
    "app/[slug]/dist/deep/page.js",
    "tsconfig.tsbuildinfo",
    ".pytest_cache/.gitignore",
    "a name - with, marks/build/x",
  );
  const refused = await verify(repository, action);
  assert.equal(refused.code, 3);
  assert.deepEqual(found(refused), [
    ["read-only", ".pytest_cache/.gitignore"],
    ["read-only", "__pycache__/main.cpython-399.pyc"],
    ["read-only", "a name - with, marks/build/x"],
    ["read-only", "app/[slug]/dist/deep/page.js"],
    ["read-only", "app/[slug]/dist/page.js"],
    ["read-only", "tsconfig.tsbuildinfo"],
  ]);
  assert.equal(
    advice(refused),
    "IGNORED WRITES:\n- :/.pytest_cache/\n- :/__pycache__/\n- :/a name - with, marks/build/\n" +
      "- :/app/[slug]/dist/\n- :/tsconfig.tsbuildinfo",
  );
  assert.match(refused.stderr, /IGNORED WRITES:/);
  const accepted = await verify(repository, action, { more: advice(refused) });
  assert.deepEqual([accepted.code, found(accepted)], [0, []], accepted.stderr);
});

Deno.test("the advice holds for a tree that was cleaned before the next run", async () => {
  await using repository = await makeRepository({ "main.c": "\n" });
  const action = byHand("build/a.o", "sub/target/debug/x", "x.tsbuildinfo");
  const refused = await verify(repository, action);
  await repository.git("clean", "-fdxq", "--exclude=.codex-dispatch");
  const accepted = await verify(repository, action, { more: advice(refused) });
  assert.deepEqual([refused.code, accepted.code], [3, 0], accepted.stderr);
});

Deno.test("what a project ignores and no tool writes in passing counts, for a verifier too", async () => {
  const ignored = [
    "config/master.key",
    "local.properties",
    "log/audit.log",
    "terraform.tfstate",
    "deps/x/lib.ex",
  ];
  const sources = ["src/shop.py", "tests/test_shop.py", "src/cover.py", "docs/tmpl/a.md", "conftest.py"];
  await using repository = await makeRepository({
    ".gitignore": "*.key\nlocal.properties\n*.log\n*.tfstate\n/deps/\n",
    "src/shop.py": "x = 1\n",
  });
  const run = await verify(repository, byHand(...ignored, ...sources));
  assert.deepEqual(found(run), [...ignored, ...sources].sort().map((path) => ["read-only", path]));
});

Deno.test("rules that the run itself made ignore nothing", async () => {
  await using repository = await makeRepository({ ".gitignore": "build/\n", "a.txt": "a\n" });
  const action = `
    echo 'out/' >>.gitignore; mkdir out dist; echo x >out/x; echo '*' >dist/.gitignore; echo x >dist/x
    echo 'target/' >>.git/info/exclude; mkdir target; echo x >target/x`;
  assert.deepEqual(found(await verify(repository, action)), [
    ["read-only", ".gitignore"],
    ["read-only", "dist/.gitignore"],
    ["read-only", "dist/x"],
    ["read-only", "out/x"],
    ["read-only", "target/x"],
    ["git-state", ".git/info/exclude"],
  ]);
});

Deno.test("--strict-ignored counts build output, but not what the packet names", async () => {
  await using repository = await makeRepository({ ".gitignore": "build/\n__pycache__/\n", "a.txt": "a\n" });
  const action = byHand("build/x", "__pycache__/a.pyc");
  const strict = { args: ["--strict-ignored"] };
  assert.deepEqual(found(await verify(repository, action, strict)), [
    ["read-only", "__pycache__/a.pyc"],
    ["read-only", "build/x"],
  ]);
  const named = await verify(repository, action, { ...strict, more: "IGNORED WRITES: build/" });
  assert.deepEqual(found(named), [["read-only", "__pycache__/a.pyc"]]);
});

Deno.test("what git tracks is no build output, wherever it lies", async () => {
  await using repository = await makeRepository({ ".gitignore": "dist/\n", "a.txt": "a\n" });
  await repository.write("dist/kept.js", "1;\n");
  await repository.git("add", "--force", "dist/kept.js");
  await repository.git("commit", "-qm", "kept");
  const action = byHand("dist/kept.js", "dist/new.js");
  assert.deepEqual(found(await verify(repository, action)), [["read-only", "dist/kept.js"]]);
  const named = await verify(repository, action, { more: "IGNORED WRITES: dist/" });
  assert.deepEqual(found(named), [["read-only", "dist/kept.js"]]);
  assert.deepEqual(named.policy.messages, [], "an advice that would not help");
});

/** | what is done to installed packages | paths of the violation | */
const PACKAGES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "npm install adds one",
    byHand("node_modules/seven/index.js", "node_modules/.package-lock.json"),
    ["node_modules/.package-lock.json", "node_modules/seven/index.js"],
  ],
  ["one is changed", "echo x >>node_modules/six/index.js", ["node_modules/six/index.js"]],
  ["the dist of one is changed", "echo x >>node_modules/six/dist/six.js", ["node_modules/six/dist/six.js"]],
  [
    "a command of one is replaced",
    "ln -sf ../evil node_modules/.bin/six",
    ["node_modules/.bin/six"],
  ],
  ["all are deleted", "rm -rf node_modules", [
    "node_modules/.bin/six",
    "node_modules/six/dist/six.js",
    "node_modules/six/index.js",
  ]],
  ["the folder is turned into a link", 'mv node_modules "$HOME/m"; ln -s "$HOME/m" node_modules', [
    "node_modules",
    "node_modules/.bin/six",
    "node_modules/six/dist/six.js",
    "node_modules/six/index.js",
  ]],
  ["the Python of a virtual environment is replaced", "echo x >.venv/bin/python", [".venv/bin/python"]],
  [
    "a module called build is changed in a virtual environment",
    "echo x >>.venv/lib/python3/site-packages/build/__init__.py",
    [".venv/lib/python3/site-packages/build/__init__.py"],
  ],
  ["composer's phpunit is replaced", "echo x >vendor/bin/phpunit", ["vendor/bin/phpunit"]],
  ["a compiler of opam's is replaced", "echo x >_opam/bin/ocaml", ["_opam/bin/ocaml"]],
  ["a provider of Terraform's is added", byHand(".terraform/providers/x/bin/x"), [
    ".terraform/providers/x/bin/x",
  ]],
];

for (const [what, action, paths] of PACKAGES) {
  Deno.test(`installed packages are no build output: ${what}`, async () => {
    await using repository = await makeRepository({
      ".gitignore": "node_modules\n.venv\nvendor\n_opam\n.terraform\n",
      "a": "\n",
    });
    await repository.write("node_modules/six/index.js", "6;\n");
    await repository.write("node_modules/six/dist/six.js", "6;\n");
    await repository.write("node_modules/.bin/six", "#!/bin/sh\n");
    await repository.write(".venv/bin/python", "#!/bin/sh\n");
    await repository.write(".venv/lib/python3/site-packages/build/__init__.py", "x = 1\n");
    await repository.write("vendor/bin/phpunit", "#!/bin/sh\n");
    await repository.write("_opam/bin/ocaml", "#!/bin/sh\n");
    const run = await verify(repository, action);
    assert.deepEqual(found(run), paths.map((path) => ["read-only", path]));
    assert.equal(run.code, 3);
  });
}

/** | IGNORED WRITES | paths of the violation: secrets need their name, everything else may come by a glob | */
const SECRETS: readonly (readonly [string, readonly string[]])[] = [
  ["", [".env", ".env.local", ".envs/prod/.django", "build/.env", "note.log"]],
  ["*", [".env", ".env.local", ".envs/prod/.django", "build/.env"]],
  ["**", [".env", ".env.local", ".envs/prod/.django", "build/.env"]],
  [".e*", [".env", ".env.local", ".envs/prod/.django", "build/.env", "note.log"]],
  ["**/.env*", [".env", ".env.local", ".envs/prod/.django", "build/.env", "note.log"]],
  ["{.env,.env.local}", [".env", ".env.local", ".envs/prod/.django", "build/.env", "note.log"]],
  [".env", [".env.local", ".envs/prod/.django", "build/.env", "note.log"]],
  [".env*\n- .env\n- .env.local\n- .envs/\n- build/.env", ["note.log"]],
];

for (const [entries, paths] of SECRETS) {
  Deno.test(`ignored secrets are written by their name alone: IGNORED WRITES ${JSON.stringify(entries)}`, async () => {
    await using repository = await makeRepository({
      ".gitignore": ".env*\nbuild/\n*.log\n!.env.example\n",
      "a.txt": "a\n",
    });
    for (const path of [".env", ".envs/prod/.django"]) await repository.write(path, "KEY=1\n");
    const action = byHand(".env", ".env.local", ".envs/prod/.django", "build/.env", "build/ok", "note.log");
    const run = await verify(
      repository,
      action,
      entries === "" ? {} : { more: `IGNORED WRITES:\n- ${entries}` },
    );
    assert.deepEqual(found(run), paths.map((path) => ["read-only", path]));
    assert.ok(run.policy.tolerated.includes("build/ok"));
  });
}
