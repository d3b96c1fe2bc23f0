import assert from "node:assert/strict";
import { join } from "node:path";
import { portableWalker } from "../../../../lib/evidence/walk_portable.ts";
import { type CopyRecord, keepCopy, openCopy } from "../../../../lib/pipeline/tree/kept_copy.ts";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { inside, shell } from "../../evidence/observing.ts";
import { contentsOf, WALKER } from "./checking_out.ts";

/** Keeps the folder `kept`, but for what is called "left-out"; the copy lies beside the tree. */
async function keep(
  repository: TestRepository,
  walker = WALKER,
): Promise<{ folder: string; record: CopyRecord }> {
  await shell(
    repository,
    "mkdir -p kept/deep/empty kept/deep/.git kept/other; echo 1 >kept/f; echo 2 >kept/deep/f; chmod 400 kept/deep/f; chmod 750 kept/deep; " +
      "ln -s f kept/link; ln kept/f kept/again; echo 1 >kept/left-out; mkfifo kept/pipe",
  );
  const root = inside(repository, "kept");
  const folder = join(repository.home, "copy");
  await Deno.mkdir(join(folder, "of an earlier time"), { recursive: true });
  const record = await keepCopy(folder, {
    root,
    entries: await walker.walk(root, () => false),
    isChosen: (file) => file !== "left-out" && file !== "deep" && file !== "other",
    walker,
    environment: repository.env,
  });
  return { folder, record };
}

for (const [name, walker] of [["best", WALKER], ["portable", portableWalker]] as const) {
  Deno.test(`what is chosen is kept with the folders above it, and opened as it was, by the ${name} walker`, async () => {
    await using repository = await makeRepository({});
    const { folder, record } = await keep(repository, walker);
    const original = await contentsOf(inside(repository, "kept"));
    for (const path of ["left-out", "other", "pipe"]) original.delete(path);
    assert.deepEqual([...await contentsOf(folder)].sort(), [...original].sort());
    await repository.write("kept/f", "later\n");
    assert.equal(await Deno.readTextFile(join(folder, "f")), "1\n");
    const opened = await openCopy(folder, { record: JSON.parse(JSON.stringify(record)), walker });
    assert.deepEqual([...opened.keys()].sort(), [
      "again",
      "deep",
      "deep/.git",
      "deep/empty",
      "deep/f",
      "f",
      "link",
    ]);
    assert.equal(opened.get("f")?.inode, opened.get("again")?.inode);
  });
}

/** What is done in the folder of a copy, and the paths that are named for it. */
const TAMPERINGS: readonly [what: string, line: string, named: readonly string[]][] = [
  ["content is changed", "echo x >deep/f", ["deep/f"]],
  ["content is changed, and size and time are not", "touch -r f ../t; echo x >f; touch -r ../t f", [
    "f",
    "again",
  ]],
  ["a file is gone", "rm f", ["f"]],
  ["a file is added", "echo 1 >deep/new", ["deep/new"]],
  ["a folder is added", "mkdir new", ["new"]],
  ["something is added to what git would keep", "echo 1 >deep/.git/config", ["deep/.git/config"]],
  ["a mode is changed", "chmod 600 deep/f", ["deep/f"]],
  ["a folder's mode is changed", "chmod 700 deep", ["deep"]],
  ["a link is turned", "ln -sfn deep link", ["link"]],
  ["a link stands in the place of a file", "cp f ../g; ln -sf ../g deep/f", ["deep/f"]],
  ["all is gone", "rm -rf ./* .[!.]*", ["again", "deep"]],
];

for (const [what, line, named] of TAMPERINGS) {
  Deno.test(`a copy is not used where ${what}`, async () => {
    await using repository = await makeRepository({});
    const { folder, record } = await keep(repository);
    await shell({ ...repository, root: folder }, line);
    await assert.rejects(openCopy(folder, { record, walker: WALKER }), (error) => {
      assert.ok(error instanceof Error && "exit" in error);
      assert.equal(error.exit, 3);
      for (const each of named) assert.ok(error.message.includes(`"${folder}/${each}"`), error.message);
      return true;
    });
  });
}

Deno.test("a copy that is gone as a whole is refused, one of nothing at all is not", async () => {
  await using repository = await makeRepository({});
  const { folder, record } = await keep(repository);
  await Deno.remove(folder, { recursive: true });
  await assert.rejects(openCopy(folder, { record, walker: WALKER }), { exit: 3 });
  assert.equal((await openCopy(folder, { record: [], walker: WALKER })).size, 0);
});

Deno.test("a copy over links, and one of what cannot be written to, are made anew", async () => {
  await using repository = await makeRepository({});
  await shell(
    repository,
    "mkdir kept; mkdir -p ../home/elsewhere; chmod 500 kept; ln -s elsewhere ../home/copy",
  );
  const folder = join(repository.home, "copy");
  for (let time = 0; time < 2; time++) {
    const record = await keepCopy(folder, {
      root: repository.root,
      entries: await WALKER.walk(repository.root, (each) => each === ".git"),
      isChosen: (file) => file === "kept",
      walker: WALKER,
      environment: repository.env,
    });
    assert.deepEqual(record.map(({ path, mode }) => [path, mode]), [["kept", 0o500]]);
  }
  assert.deepEqual([...Deno.readDirSync(join(repository.home, "elsewhere"))], []);
});
