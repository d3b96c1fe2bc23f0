import assert from "node:assert/strict";
import { Git } from "../../../lib/evidence/git.ts";
import { locateWorkTree } from "../../../lib/evidence/locate_work_tree.ts";
import { DispatchError } from "../../../lib/base/errors.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { inside, shell } from "./observing.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();

Deno.test("no GIT_ variable of the caller's leads git elsewhere", async () => {
  await using repository = await makeRepository();
  const env = {
    ...repository.env,
    GIT_DIR: "/nowhere",
    GIT_WORK_TREE: "/",
    GIT_INDEX_FILE: "/x",
    GIT_CONFIG_COUNT: "9",
  };
  assert.equal(
    text(await new Git(repository.root, env).read(["rev-parse", "--show-toplevel"])),
    repository.root,
  );
});

Deno.test("after a command that had to be ended none is begun any more", async () => {
  await using repository = await makeRepository();
  await shell(repository, "rm .git/HEAD; mkfifo .git/HEAD");
  const git = new Git(repository.root, repository.env, { deadline: 300 });
  assert.equal((await git.run(["status"])).timedOut, true);
  await shell(repository, "rm .git/HEAD; echo ref: refs/heads/main > .git/HEAD");
  assert.equal((await git.run(["--version"])).timedOut, true);
  await assert.rejects(git.read(["rev-parse"]), /git rev-parse in ".*" did not end in time/);
  assert.equal((await new Git(repository.root, repository.env).run(["status"])).code, 0);
});

Deno.test("one that was given up begins no command either", async () => {
  await using repository = await makeRepository();
  const git = new Git(repository.root, repository.env);
  git.giveUp();
  assert.equal((await git.run(["--version"])).code, null);
});

Deno.test("one that is given up is ended where it waits", async () => {
  await using repository = await makeRepository();
  await shell(repository, "rm .git/HEAD; mkfifo .git/HEAD");
  const git = new Git(repository.root, repository.env);
  const waiting = git.run(["status"]);
  git.giveUp();
  assert.deepEqual((await waiting).code, null);
});

Deno.test("of a folder without a repository of its own, none is looked for above it", async () => {
  await using repository = await makeRepository();
  const src = inside(repository, "src");
  assert.equal((await new Git(src, repository.env).run(["rev-parse"])).code, 0);
  assert.equal((await new Git(src, repository.env, { here: true }).run(["rev-parse"])).code, 128);
  assert.equal((await new Git(repository.root, repository.env, { here: true }).run(["rev-parse"])).code, 0);
});

Deno.test("no remote is spoken to, whatever protocols a repository allows", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "git config protocol.ext.allow always; git config protocol.file.allow always; git clone -q --bare . ../bare",
  );
  const git = new Git(repository.root, repository.env);
  assert.equal((await git.run(["ls-remote", "ext::sh -c touch% ../marker"])).code, 128);
  assert.equal((await git.run(["ls-remote", "../bare"])).code, 128);
  await assert.rejects(Deno.lstat(inside(repository, "../marker")), Deno.errors.NotFound);
  await shell(
    repository,
    "git ls-remote ../bare > ../out; git ls-remote 'ext::sh -c touch% ../marker' 2> ../out || :",
  );
  await Deno.lstat(inside(repository, "../marker"));
});

Deno.test("what git says when it fails is told in one line, with the command and the folder", async () => {
  await using repository = await makeRepository();
  const failing = new Git(repository.root, repository.env).read(["cat-file", "-t", "nothing"]);
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof DispatchError);
    assert.equal(error.exit, 2);
    assert.match(error.message, /^git cat-file in ".*work tree" ended with status 128: fatal: .*nothing$/);
    return true;
  });
});

Deno.test("that there is no git is told as such, and so is a folder that went", async () => {
  await using repository = await makeRepository();
  const nowhere = new Git(repository.root, { PATH: "/nowhere" });
  await assert.rejects(nowhere.run(["status"]), /git was not found on PATH/);
  assert.equal((await new Git(inside(repository, "gone"), repository.env).run(["status"])).code, 128);
});

const PLACES: readonly { folder: string; is: string; before?: string }[] = [
  { folder: ".", is: "found" },
  { folder: "src", is: "found" },
  { folder: "inner/deep", is: "found", before: "git init -q inner; mkdir inner/deep" },
  { folder: "missing", is: "missing" },
  { folder: "README.md", is: "not-a-folder" },
  { folder: ".git", is: "in-git-folder" },
  { folder: ".git/refs", is: "in-git-folder" },
  { folder: "../bare", is: "bare", before: "git init -q --bare ../bare" },
  { folder: "../home", is: "no-work-tree" },
  { folder: ".", is: "refused-by-git", before: "git config core.repositoryformatversion 99" },
];

for (const { folder, is, before } of PLACES) {
  Deno.test(`the place "${folder}" is ${is}${before ? ` after "${before}"` : ""}`, async () => {
    await using repository = await makeRepository();
    if (before) await shell(repository, before);
    const place = inside(repository, folder);
    const found = await locateWorkTree(place, repository.env);
    assert.equal(found.kind, is);
    if (found.kind !== "found") return;
    const root = folder.startsWith("inner") ? inside(repository, "inner") : repository.root;
    assert.deepEqual(found, { kind: "found", workdir: place.replace(/\/$/, ""), root });
  });
}

Deno.test("a place where git does not answer is told so, and not called one without a repository", async () => {
  await using repository = await makeRepository();
  await shell(repository, "rm .git/config; mkfifo .git/config");
  const found = await locateWorkTree(repository.root, repository.env, { deadline: 200 });
  assert.ok(found.kind === "refused-by-git", found.kind);
  assert.match(found.detail, /did not answer in time.*pipe.*Remove it\.$/);
});

Deno.test("the index is not written, although a look at a touched file could refresh it", async () => {
  await using repository = await makeRepository();
  const index = inside(repository, ".git/index");
  await Deno.utime(inside(repository, "src/one.txt"), 1, 1);
  const before = await Deno.readFile(index);
  const git = new Git(repository.root, repository.env);
  for (const args of [["status", "--porcelain"], ["diff", "--stat"], ["diff", "--stat", "HEAD"]]) {
    assert.equal((await git.run(args)).code, 0);
    assert.deepEqual(await Deno.readFile(index), before, args.join(" "));
  }
});
