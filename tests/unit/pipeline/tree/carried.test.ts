import assert from "node:assert/strict";
import { readCarried } from "../../../../lib/pipeline/tree/carried.ts";
import { makeRepository } from "../../../helpers/repository.ts";
import { inside, shell } from "../../evidence/observing.ts";
import { remember } from "./checking_out.ts";

const SETUP =
  "printf 'node_modules/\\nbuild/\\n*.log\\ntarget\\nlinked\\n' > .gitignore; mkdir -p build pkg node_modules/.bin node_modules/p logs .codex-dispatch; " +
  "echo 1 > build/keep; git add -f build/keep; git add .gitignore; git commit -qm rules; " +
  "echo 1 > build/o; echo 1 > node_modules/p/index.js; chmod 755 node_modules/p/index.js; ln -s ../p/index.js node_modules/.bin/p; " +
  "ln node_modules/p/index.js node_modules/p/same.js; mkdir pkg/target; echo 1 > pkg/target/t; echo 1 > logs/a.log; echo 1 > logs/notes; " +
  "ln -s pkg linked; mkfifo x.log; git init -q node_modules/p/inner; echo 1 > node_modules/p/inner/f";

/** What a stage wants, and the words where it cannot have it. */
const WANTED: readonly (readonly [string, RegExp | undefined])[] = [
  ["node_modules", undefined],
  ["node_modules/", undefined],
  ["./node_modules/p", undefined],
  ["pkg/target", undefined],
  ["build", /which git does not ignore/],
  ["build/o", undefined],
  ["logs", /which git does not ignore/],
  ["linked", undefined],
  ["src", /which git does not ignore: a clean checkout has it anyway/],
  ["build/keep", /which git does not ignore/],
  ["README.md", /which git does not ignore/],
  ["missing", /which does not exist\. Make it first/],
  ["../outside", /no path within the repository/],
  ["/etc", /no path within the repository/],
  [".", /no path within the repository/],
  [".git", /a repository's own/],
  [".git/config", /a repository's own/],
  ["node_modules/p/inner/.git", /a repository's own/],
  ["linked/target", /behind the link "linked"/],
  ["x.log", /no file, folder or link/],
];

for (const [wanted, words] of WANTED) {
  Deno.test(`"${wanted}" ${words ? "cannot" : "can"} be carried`, async () => {
    await using repository = await makeRepository();
    await shell(repository, SETUP);
    const { paths, problems } = readCarried([wanted], {
      stage: "verify",
      workdir: repository.root,
      tree: await remember(repository),
    });
    assert.equal(problems.length, words ? 1 : 0, problems[0]?.message);
    assert.equal(paths.length, words ? 0 : 1);
    if (words) {
      assert.match(problems[0]?.message ?? "", words);
      assert.match(problems[0]?.message ?? "", /^The stage "verify" carries/);
    }
  });
}

Deno.test("what is carried is named from WORKDIR, and every fault is told at once", async () => {
  await using repository = await makeRepository();
  await shell(repository, SETUP);
  const workdir = inside(repository, "pkg");
  const read = readCarried(["target", "../node_modules", "nothing", "../src"], {
    stage: "s",
    workdir,
    tree: await remember(repository),
  });
  assert.deepEqual(read.paths, ["pkg/target", "node_modules"]);
  assert.equal(read.problems.length, 2);
});

Deno.test("of a Python environment it is told that it holds absolute paths", async () => {
  await using repository = await makeRepository();
  await shell(repository, "mkdir -p .venv/bin; echo home > .venv/pyvenv.cfg; echo .venv > .gitignore");
  const read = readCarried([".venv"], {
    stage: "s",
    workdir: repository.root,
    tree: await remember(repository),
  });
  assert.match(read.notes.join(), /"\.venv" is a Python environment, which holds absolute paths/);
});
