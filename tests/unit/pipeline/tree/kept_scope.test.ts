import assert from "node:assert/strict";
import { join } from "node:path";
import { keepScope, type PartialWork, readPartialWork } from "../../../../lib/pipeline/tree/kept_scope.ts";
import { makeRepository, type TestRepository } from "../../../helpers/repository.ts";
import { scopeOf, shell } from "../../evidence/observing.ts";
import { contentsOf, WALKER } from "./checking_out.ts";

interface Case {
  readonly what: string;
  readonly setup?: string;
  /** `src/` unless said. */
  readonly scope?: readonly string[];
  /** What a worker did before it was killed. */
  readonly work: string;
  /** The paths of the scope that are different then. */
  readonly changed: readonly string[];
  /** What is not put back: it is no part of the scope. */
  readonly stays?: readonly string[];
}

const CASES: readonly Case[] = [
  { what: "nothing", work: "touch src/one.txt", changed: [] },
  {
    what: "files that it made, changed, deleted and renamed",
    setup: "echo 1 >src/two.txt; echo 1 >src/three.txt",
    work:
      "echo 2 >>src/one.txt; rm src/two.txt; mkdir -p src/a/b; echo 1 >src/a/b/c; mv src/three.txt src/four.txt",
    changed: ["src/a", "src/a/b", "src/a/b/c", "src/four.txt", "src/one.txt", "src/three.txt", "src/two.txt"],
  },
  {
    what: "content of the same length and time",
    work: "touch -r src/one.txt ../t; echo two >src/one.txt; touch -r ../t src/one.txt",
    changed: ["src/one.txt"],
  },
  {
    what: "files in the place of folders, folders in that of files, links",
    setup: "mkdir src/d; echo 1 >src/d/f; ln -s one.txt src/link",
    work:
      "rm -r src/d; echo 1 >src/d; rm src/one.txt; mkdir src/one.txt; echo 1 >src/one.txt/f; ln -sfn x src/link; ln -s x src/new",
    changed: ["src/d", "src/d/f", "src/link", "src/new", "src/one.txt", "src/one.txt/f"],
  },
  {
    what: "the folder of its scope itself, turned into a link",
    setup: "mkdir elsewhere; echo 1 >elsewhere/one.txt",
    work: "rm -r src; ln -s elsewhere src",
    changed: ["src", "src/one.txt"],
  },
  {
    what: "permissions, of files and folders, and empty folders",
    setup:
      "chmod 640 src/one.txt; mkdir -m 750 src/empty src/gone; mkdir -m 750 src/full; echo 1 >src/full/f",
    work:
      "chmod 600 src/one.txt; chmod 700 src/empty; rmdir src/gone; rm -r src/full; mkdir -p src/fresh/deep",
    changed: [
      "src/empty",
      "src/fresh",
      "src/fresh/deep",
      "src/full",
      "src/full/f",
      "src/gone",
      "src/one.txt",
    ],
  },
  {
    what: "a folder of a repository of its own, but for what git keeps in it",
    setup: "git init -q src/inner; echo 1 >src/inner/f",
    work: "echo 2 >src/inner/f; echo x >src/inner/.git/x",
    changed: ["src/inner/f"],
  },
  {
    what: "a new folder in which a repository was made, as far as that goes",
    work: "git init -q src/inner; echo 2 >src/inner/f",
    changed: ["src/inner", "src/inner/f"],
    stays: ["src/inner"],
  },
  {
    what: "a pipe that it made",
    work: "rm src/one.txt; mkfifo src/one.txt src/pipe",
    changed: ["src/one.txt", "src/pipe"],
  },
  {
    what: "what git ignores in the scope",
    setup: "echo '*.log' >.gitignore; echo 1 >src/a.log",
    work: "echo 2 >src/a.log; echo 2 >src/b.log",
    changed: ["src/a.log", "src/b.log"],
  },
  {
    what: "nothing that lies elsewhere, or is taken away from the scope",
    scope: ["src/", "!src/own", "*.md"],
    setup: "echo 1 >src/own",
    work: "echo 2 >src/own; echo 2 >README.md; echo 2 >other",
    changed: ["README.md"],
    stays: ["src/own", "other"],
  },
];

for (const { what, setup, scope = ["src/"], work, changed, stays = [] } of CASES) {
  Deno.test(`a killed worker's scope is put back as it was: ${what}`, async () => {
    await using repository = await makeRepository();
    if (setup !== undefined) await shell(repository, setup);
    const earlier = await contentsOf(repository.root);
    const read = await keep(repository, scope);
    await shell(repository, work);
    const later = await contentsOf(repository.root);
    const found = await read();
    assert.deepEqual(found.changed, changed);
    assert.deepEqual(found.lost, []);
    await found.restore();
    const restored = await contentsOf(repository.root);
    for (const path of stays) {
      assert.equal(restored.get(path), later.get(path), path);
      for (const each of [restored, earlier]) each.delete(path);
    }
    assert.deepEqual([...restored].sort(), [...earlier].sort());
  });
}

Deno.test("a killed worker's partial work is a patch for git apply", async () => {
  await using repository = await makeRepository({ "src/one.txt": "one\n", "src/gone.txt": "gone\n" });
  const read = await keep(repository, ["src/"]);
  await shell(
    repository,
    "echo half >>src/one.txt; rm src/gone.txt; echo 1 >src/new; chmod 755 src/new; ln -s new src/link; mkfifo src/pipe",
  );
  const { changed, patch } = await read();
  const { bytes, omits } = await patch(changed, repository.home);
  assert.deepEqual(omits, ["src/pipe"]);
  await Deno.remove(join(repository.root, "src/pipe"));
  const later = await contentsOf(repository.root);
  await (await read()).restore();
  assert.equal(await Deno.readTextFile(join(repository.root, "src/gone.txt")), "gone\n");
  const file = join(repository.home, "interrupted.patch");
  await Deno.writeFile(file, bytes);
  await repository.git("apply", file);
  assert.deepEqual(await contentsOf(repository.root), later);
});

Deno.test({
  name: "what has no copy, and a name that is no text, cannot be put back, and is named",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using repository = await makeRepository();
    await shell(repository, "mkfifo src/pipe src/stays; echo 1 >src/\"$(printf 'l\\351g')\"");
    const read = await keep(repository, ["src/"]);
    await shell(repository, "rm src/pipe; echo 2 >src/\"$(printf 'l\\351g')\"; echo 2 >src/one.txt");
    assert.deepEqual((await read()).lost, ["src/l\udce9g", "src/pipe"]);
  },
});

Deno.test("what was kept of a scope is not used once somebody was at it", async () => {
  await using repository = await makeRepository();
  const read = await keep(repository, ["src/"]);
  await shell(repository, "echo 2 >src/one.txt; echo forged >../home/kept/src/one.txt");
  await assert.rejects(read(), {
    exit: 3,
    message: /another hand than codex-dispatch: ".*kept\/src\/one\.txt"/,
  });
});

/** Keeps a scope, and reads what became of it as another process would. */
async function keep(
  repository: TestRepository,
  scope: readonly string[],
): Promise<() => Promise<PartialWork>> {
  const content = join(repository.home, "kept");
  const place = {
    repository: repository.root,
    scope: scopeOf(scope),
    walker: WALKER,
    environment: repository.env,
  };
  const kept = JSON.stringify(await keepScope(content, place));
  return () => readPartialWork(content, { ...place, kept: JSON.parse(kept) });
}
