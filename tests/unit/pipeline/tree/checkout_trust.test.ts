import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { removeTree } from "../../../../lib/pipeline/tree/remove_tree.ts";
import { makeRepository } from "../../../helpers/repository.ts";
import { inside, shell } from "../../evidence/observing.ts";
import { ask, checkOut, contentsOf, remember } from "./checking_out.ts";

interface Hiding {
  readonly what: string;
  /** Before the pipeline. */
  readonly setup?: string;
  readonly work: string;
  /** What is in the checkout all the same. */
  readonly found: readonly string[];
  /** What is not: git ignored it before. */
  readonly absent?: readonly string[];
  readonly note: RegExp | undefined;
}

const HIDINGS: readonly Hiding[] = [
  {
    what: "a rule in a .gitignore",
    work: "echo 'evil*' > .gitignore; echo 1 > evil.ts; mkdir src/evil; echo 1 > src/evil/f",
    found: ["evil.ts", "src/evil", "src/evil/f"],
    note: /"evil\.ts" is ignored by git through a change .* \(and 2 more like it\)/,
  },
  {
    what: "a rule for the folder above, which keeps what was ignored out",
    setup: "echo '*.log' > .gitignore",
    work:
      "echo src/ >> .gitignore; mkdir -p src/new; echo 1 > src/new/f; echo 1 > src/new/x.log; git rm -rq --cached src",
    found: ["src/new/f", "src/one.txt"],
    absent: ["src/new/x.log"],
    note: /"src/,
  },
  {
    what: "a new .gitignore that ignores all around it, and itself",
    work: "echo '*' > src/.gitignore; echo 1 > src/new",
    found: ["src/.gitignore", "src/new"],
    note: /"src\//,
  },
  {
    what: "the repository's own file of rules",
    work: "echo 'evil' > .git/info/exclude; echo 1 > evil",
    found: ["evil"],
    note: /"evil"/,
  },
  {
    what: "the user's own file of rules",
    work: "mkdir -p ~/.config/git; echo evil > ~/.config/git/ignore; echo 1 > evil",
    found: ["evil"],
    note: /"evil"/,
  },
  {
    what: "a file that a setting names",
    work: "echo evil > ~/rules; git config core.excludesFile '~/rules'; echo 1 > evil",
    found: ["evil"],
    note: /"evil"/,
  },
  {
    what: "taking it out of the index where a rule covers it",
    setup: "echo '*.txt' > .gitignore; git add -f src/one.txt",
    work: "git rm -q --cached src/one.txt",
    found: ["src/one.txt"],
    note: /"src\/one\.txt"/,
  },
  {
    what: "a rule in a repository within the tree",
    setup:
      "git init -q inner; echo '*.log' > inner/.gitignore; echo '*.tmp' > inner/.git/info/exclude; echo f > .gitignore",
    work:
      "echo evil >> inner/.gitignore; echo 1 > inner/evil; echo 1 > inner/x.log; echo 1 > inner/x.tmp; echo 1 > inner/f",
    found: ["inner/evil", "inner/f"],
    absent: ["inner/x.log", "inner/x.tmp"],
    note: /"inner\/evil"/,
  },
  {
    what: "no rule: what was ignored stays out, also where a folder was made since",
    setup: "printf 'build/\\n*.log\\n' > .gitignore; mkdir build; echo 1 > build/f",
    work:
      "echo '# a word' >> .gitignore; echo 1 > build/g; mkdir -p src/build; echo 1 > src/build/f; echo 1 > a.log; " +
      "mkdir -p .codex-dispatch/runs; echo '*' > .codex-dispatch/.gitignore; echo 1 > .codex-dispatch/runs/f",
    found: [".gitignore"],
    absent: ["build/f", "build/g", "src/build/f", "a.log", ".codex-dispatch/runs/f", ".codex-dispatch"],
    note: undefined,
  },
  {
    what: "nothing: a rule that went shows what it hid",
    setup: "echo '*.log' > .gitignore; echo 1 > a.log",
    work: ": > .gitignore",
    found: ["a.log"],
    note: undefined,
  },
];

for (const { what, setup, work, found, absent = [], note } of HIDINGS) {
  Deno.test(`what a worker hides from git is in the clean checkout: by ${what}`, async () => {
    await using repository = await makeRepository();
    if (setup !== undefined) await shell(repository, setup);
    const before = await remember(repository);
    await shell(repository, work);
    await using checkout = await checkOut(repository, { before });
    const contents = await contentsOf(checkout.root);
    assert.deepEqual(found.filter((path) => !contents.has(path)), []);
    assert.deepEqual(absent.filter((path) => contents.has(path)), []);
    assert.equal(checkout.notes.length, note === undefined ? 0 : 1, checkout.notes.join("\n"));
    if (note !== undefined) assert.match(checkout.notes[0] ?? "", note);
  });
}

Deno.test("an index that claims to know a changed file does not hide the change in a clean checkout", async () => {
  await using repository = await makeRepository({ "a.txt": "one\n", "b.txt": "one\n" });
  const before = await remember(repository);
  await shell(repository, "echo two > a.txt; git add a.txt; sleep 1.1; git status > /dev/null");
  await forgeIndex(repository.root, {
    from: await repository.git("rev-parse", ":a.txt"),
    to: await repository.git("rev-parse", "HEAD:a.txt"),
  });
  assert.equal(await ask(repository, repository.root, "git status --short"), "", "the forgery is poor");
  await using checkout = await checkOut(repository, { before });
  assert.equal(await ask(repository, checkout.root, "git status --short"), " M a.txt\n");
});

/** Puts another object's id in the index, and leaves the file's numbers. */
async function forgeIndex(root: string, { from, to }: { from: string; to: string }): Promise<void> {
  const file = join(root, ".git", "index");
  const hex = (await Deno.readFile(file)).toHex();
  assert.ok(hex.includes(from));
  const body = hex.slice(0, -40).replace(from, to);
  const trailer = createHash("sha1").update(Uint8Array.fromHex(body)).digest("hex");
  await Deno.writeFile(file, Uint8Array.fromHex(body + trailer));
}

const EVIL = "touch ../marker";
const PLANTS: readonly (readonly [what: string, plant: string, use: string])[] = [
  [
    "a hook",
    `printf '#!/bin/sh\\n${EVIL}\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit`,
    "git commit -qam x",
  ],
  [
    "a hook of the user's own",
    `mkdir ~/hooks; printf '#!/bin/sh\\n${EVIL}\\n' > ~/hooks/pre-commit; chmod +x ~/hooks/*; git config --global core.hooksPath ~/hooks`,
    "git commit -qam x",
  ],
  ["a filter", `git config filter.x.clean '${EVIL}; cat'; echo '* filter=x' > .gitattributes`, "git add -A"],
  [
    "a filter of the user's own that is required",
    `git config --global filter.x.process '${EVIL}; false'; git config --global filter.x.required true; echo '* filter=x' > .git/info/attributes`,
    "git add -A; git checkout -q .",
  ],
  ["a file system monitor", `git config core.fsmonitor '${EVIL}; :'`, "git status; git add -A"],
  ["an alias", `git config alias.go '!${EVIL}'`, "git go || true"],
  ["another editor", `git config core.editor '${EVIL}; :'`, "git commit -qa || true"],
];

for (const [what, plant, use] of PLANTS) {
  Deno.test(`neither making a clean checkout nor git in it runs ${what}`, async () => {
    await using repository = await makeRepository();
    await shell(repository, plant);
    await shell(repository, "echo 2 >> README.md");
    const marker = join(repository.root, "..", "marker");
    await using checkout = await checkOut(repository);
    await assert.rejects(Deno.lstat(marker), "it ran while the checkout was made");
    await ask(repository, checkout.root, `export EDITOR=true; ${use}`);
    for (const folder of [repository.root, checkout.root]) {
      await assert.rejects(Deno.lstat(join(folder, "..", "marker")), "it ran in the checkout");
    }
    await ask(repository, repository.root, `export EDITOR=true; ${use}`);
    assert.ok(await Deno.lstat(marker), "the plant does nothing in the original either");
  });
}

Deno.test("what is committed in a clean checkout stays there", async () => {
  await using repository = await makeRepository();
  await repository.git("config", "user.name", "Somebody Else");
  const before = await ask(
    repository,
    repository.root,
    "git for-each-ref; git rev-parse HEAD; find .git -type f | sort",
  );
  await using checkout = await checkOut(repository);
  await shell(
    { ...repository, root: checkout.root },
    "echo 2 >> README.md; git commit -qam two; git tag t; git branch b; git gc -q",
  );
  assert.equal(await ask(repository, checkout.root, "git log -1 --format='%an %s'"), "Somebody Else two\n");
  assert.equal(
    await ask(repository, repository.root, "git for-each-ref; git rev-parse HEAD; find .git -type f | sort"),
    before,
  );
});

Deno.test("a clean checkout tells where a path is in it, and where it was", async () => {
  await using repository = await makeRepository();
  await using checkout = await checkOut(repository);
  assert.equal(checkout.toCheckout(repository.root), checkout.root);
  assert.equal(checkout.toCheckout(inside(repository, "src/one.txt")), join(checkout.root, "src/one.txt"));
  assert.equal(checkout.toCheckout(inside(repository, "src/../../x")), undefined);
  assert.equal(checkout.toCheckout(`${repository.root}-other/f`), undefined);
  assert.equal(checkout.toOriginal(join(checkout.root, "src")), inside(repository, "src"));
  assert.equal(checkout.toOriginal(repository.root), undefined);
});

Deno.test("a clean checkout lies in a folder that is open to its owner alone", async () => {
  await using repository = await makeRepository();
  await using checkout = await checkOut(repository);
  assert.equal(((await Deno.lstat(dirname(checkout.root))).mode ?? 0) & 0o777, 0o700);
});

Deno.test("a clean checkout is not made within the repository, nor of what is none", async () => {
  await using repository = await makeRepository();
  await assert.rejects(checkOut(repository, { parent: inside(repository, "src") }), {
    message: /cannot be made in it/,
  });
  await assert.rejects(checkOut(repository, { root: repository.home }), /cannot be found behind its \.git/);
  assert.deepEqual([...Deno.readDirSync(join(repository.home, "../scratch/checkouts"))], []);
});

Deno.test("a clean checkout that is broken off leaves nothing behind", async () => {
  await using repository = await makeRepository();
  await assert.rejects(
    checkOut(repository, { signal: AbortSignal.abort("SIGINT") }),
    (reason) => reason === "SIGINT",
  );
  assert.deepEqual([...Deno.readDirSync(join(repository.home, "../scratch/checkouts"))], []);
});

Deno.test("a repository that git would wait for without end is told, and not waited for", async () => {
  await using repository = await makeRepository();
  await shell(repository, "mkfifo src/.gitignore");
  await assert.rejects(checkOut(repository), /"src\/\.gitignore" is a pipe/);
});

Deno.test("a clean checkout goes with all that was made in it, and going twice does no harm", async () => {
  await using repository = await makeRepository();
  const checkout = await checkOut(repository);
  await shell(
    { ...repository, root: checkout.root },
    "mkdir -p a/b; echo 1 > a/b/f; ln -s /etc a/link; mkfifo a/p; chmod 500 a/b a",
  );
  assert.equal(await checkout.remove(), undefined);
  await assert.rejects(Deno.lstat(dirname(checkout.root)), Deno.errors.NotFound);
  assert.equal(await checkout.remove(), undefined);
  assert.ok(await Deno.lstat("/etc/passwd"));
});

Deno.test({
  name: "a tree is removed by somebody who has no power over permissions, folders that were shut included",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using repository = await makeRepository();
    const folder = join(repository.home, "shut");
    await shell(
      repository,
      `mkdir -p "${folder}/a/b/c"; echo 1 > "${folder}/a/b/c/f"; chmod 000 "${folder}/a/b/c"; chmod 500 "${folder}/a/b"; chmod 400 "${folder}/a"; cp -a "${folder}" "${folder}2"`,
    );
    const script = `import { removeTree } from ${
      JSON.stringify(import.meta.resolve("../../../../lib/pipeline/tree/remove_tree.ts"))
    };
      const [folder] = Deno.args;
      const bare = await Deno.remove(folder + "2", { recursive: true }).then(() => "removed", () => "refused");
      console.log(bare, await removeTree(folder, Deno.env.toObject()));`;
    const file = join(repository.home, "remove.ts");
    await Deno.writeTextFile(file, script);
    const powers = Deno.uid() === 0 ? ["--bounding-set=-dac_override,-dac_read_search,-fowner"] : [];
    const { stdout, stderr } = await new Deno.Command("setpriv", {
      args: [...powers, Deno.execPath(), "run", "--no-config", "--no-check", "-A", file, folder],
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "refused undefined\n", new TextDecoder().decode(stderr));
    await assert.rejects(Deno.lstat(folder), Deno.errors.NotFound);
    assert.equal(await removeTree(`${folder}2`, repository.env), undefined);
  },
});
