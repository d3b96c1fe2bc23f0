import assert from "node:assert/strict";
import { takeBaseline } from "../../../lib/evidence/baseline.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { makeRepository, type TestRepository } from "../../helpers/repository.ts";
import { inside, Observation, shell } from "./observing.ts";

interface Plant {
  readonly what: string;
  /** Lines of shell. A command that is run, `$EVIL`, leaves the file ../marker behind. */
  readonly plant: string;
  /** What a person might type, and what runs the command then: so that the plant is known to work. */
  readonly trigger: string;
  /** Lines of shell before all else. */
  readonly before?: string;
}

const SUBMODULE = "git init -q ../other; echo 1 > ../other/f.txt; git -C ../other add f.txt; " +
  "git -C ../other commit -q -m other; " +
  'git -c protocol.file.allow=always submodule --quiet add "$PWD/../other" sub; git commit -q -m sub';
const ALL_FILTERED = "echo '* filter=evil' > .git/info/attributes";
const SIGNED_COMMIT = "printf 'tree %s\\nparent %s\\nauthor a <a> 1 +0000\\ncommitter a <a> 1 +0000\\n" +
  "gpgsig -----BEGIN PGP SIGNATURE-----\\n \\n x\\n -----END PGP SIGNATURE-----\\n\\nx\\n' " +
  '"$(git rev-parse HEAD^{tree})" "$(git rev-parse HEAD)" | git hash-object -t commit -w --stdin';

const PLANTS: readonly Plant[] = [
  { what: "a file system monitor", plant: 'git config core.fsmonitor "$EVIL"', trigger: "git status" },
  {
    what: "a hook",
    plant:
      'printf "#!/bin/sh\\n$EVIL\\n" > .git/hooks/post-index-change; chmod +x .git/hooks/post-index-change',
    trigger: "git update-index --refresh || git status",
  },
  {
    what: "a hook elsewhere",
    plant:
      'mkdir hooks; printf "#!/bin/sh\\n$EVIL\\n" > hooks/post-index-change; chmod +x hooks/*; git config core.hooksPath "$PWD/hooks"',
    trigger: "git update-index --refresh || git status",
  },
  { what: "a filter", plant: `git config filter.evil.clean "$EVIL"; ${ALL_FILTERED}`, trigger: "git status" },
  {
    what: "a required filter process",
    plant: `git config filter.evil.process "$EVIL"; git config filter.evil.required true; ${ALL_FILTERED}`,
    trigger: "git status",
  },
  {
    what: "a filter without a name",
    plant: `git config filter..clean "$EVIL"; echo "* filter=" > .git/info/attributes`,
    trigger: "git status",
  },
  {
    what: "a filter in a file that is included, and that was not there",
    before: "git config include.path ../src/team.inc; echo '*.txt filter=evil' > .gitattributes",
    plant: 'git config -f src/team.inc filter.evil.clean "$EVIL"',
    trigger: "git status",
  },
  {
    what: "a filter that is included on another branch",
    before:
      "git config includeIf.onbranch:evil.path ../src/team.inc; echo '*.txt filter=evil' > .gitattributes",
    plant: 'git config -f src/team.inc filter.evil.clean "$EVIL"; git checkout -q -b evil',
    trigger: "git status",
  },
  {
    what: "a filter of a submodule",
    before: SUBMODULE,
    plant:
      'git -C sub config filter.evil.clean "$EVIL"; echo "* filter=evil" > .git/modules/sub/info/attributes; echo 2 > sub/f.txt',
    trigger: "git status",
  },
  {
    what: "a file system monitor of a submodule",
    before: SUBMODULE,
    plant: 'git -C sub config core.fsmonitor "$EVIL"; echo 2 > sub/f.txt',
    trigger: "git status",
  },
  {
    what: "a text conversion",
    plant: 'git config diff.evil.textconv "$EVIL"; echo "* diff=evil" > .git/info/attributes',
    trigger: "git diff",
  },
  { what: "another program for diffs", plant: 'git config diff.external "$EVIL"', trigger: "git diff" },
  {
    what: "another program for diffs of some files",
    plant: 'git config diff.evil.command "$EVIL"; echo "* diff=evil" > .git/info/attributes',
    trigger: "git diff",
  },
  {
    what: "a program that checks signatures",
    plant:
      `printf "#!/bin/sh\\n$EVIL\\n" > ../gpg; chmod +x ../gpg; git config gpg.program "$PWD/../gpg"; git config log.showSignature true; git update-ref HEAD $(${SIGNED_COMMIT})`,
    trigger: "git log",
  },
  {
    what: "a remote that has what is missing",
    plant:
      'git config core.repositoryformatversion 1; git config extensions.partialClone evil; git config remote.evil.promisor true; git config protocol.ext.allow always; git config remote.evil.url "ext::sh -c touch% ../marker"; o=$(git rev-parse HEAD:src/one.txt); rm -rf .git/objects/$(echo $o | cut -c 1-2)',
    trigger: "git show HEAD:src/one.txt",
  },
  {
    what: "a file that git is to write its traces to",
    plant:
      'for each in normal perf event; do git config --global trace2.${each}Target "$PWD/../marker"; done; ' +
      "rm -f ../marker",
    trigger: "git status",
  },
];

/** Of the same size, so that git has to look into the files; and something for the patch. */
const EDITS = "echo two > src/one.txt; echo new > src/new.txt; touch README.md";

for (const { what, plant, trigger, before } of PLANTS) {
  Deno.test(`${what} is not run, were it planted before a run or by it`, async () => {
    await using repository = await makeRepository();
    if (before) await plantIn(repository, before);
    {
      await using observation = await Observation.of(
        repository,
        () => plantIn(repository, `${plant}\n${EDITS}`),
      );
      await observation.patch();
    }
    assert.equal(await wasRun(repository), false, "planted by the run");
    {
      await using observation = await Observation.of(
        repository,
        () => plantIn(repository, "echo six > src/one.txt"),
      );
      await observation.patch();
    }
    assert.equal(await wasRun(repository), false, "planted before the run");
    await plantIn(repository, `(${trigger}) > ../out 2>&1 || :`);
    assert.equal(await wasRun(repository), true, "a plant that does not work proves nothing");
  });
}

async function plantIn(repository: TestRepository, lines: string): Promise<void> {
  await shell(repository, `EVIL="touch '$PWD/../marker'; false"\n${lines}`);
}

function wasRun(repository: TestRepository): Promise<boolean> {
  return Deno.lstat(inside(repository, "../marker")).then(() => true, () => false);
}

for (const name of ["a=b", "\xff"]) {
  const shown = name === "\xff" ? "of bytes that are not UTF-8" : `"${name}"`;
  Deno.test(`a filter with the name ${shown} cannot be switched off: before a run it is refused, after it git is not asked`, async () => {
    await using repository = await makeRepository();
    const bytes = Uint8Array.from(
      `[filter "${name}"]\n\tclean = touch ../marker; cat\n`,
      (letter) => letter.charCodeAt(0),
    );
    const attributes = Uint8Array.from(`* filter=${name}\n`, (letter) => letter.charCodeAt(0));
    await using observation = await Observation.of(repository, async () => {
      await Deno.writeFile(inside(repository, ".git/config"), bytes, { append: true });
      await Deno.writeFile(inside(repository, ".git/info/attributes"), attributes);
      await repository.write("src/one.txt", "two\n");
    });
    assert.equal(observation.aftermath.status, null);
    const again = Observation.of(repository, () => Promise.resolve());
    await assert.rejects(again, /has a filter ".*", which cannot be switched off by that name\. Rename it\./);
    assert.equal(await wasRun(repository), false);
    await shell(repository, "git status > ../out");
    assert.equal(await wasRun(repository), true, "a plant that does not work proves nothing");
  });
}

Deno.test("nothing in .git is written, and no lock is waited for", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "echo two > src/one.txt; echo new > src/new.txt; touch README.md; touch .git/index.lock",
  );
  const before = await listGit(repository);
  {
    await using observation = await Observation.of(
      repository,
      () => repository.write("src/one.txt", "three\n"),
    );
    await observation.patch();
    assert.deepEqual(observation.changes, ["src/one.txt modified"]);
  }
  assert.deepEqual(await listGit(repository), before);
  // What would have been written, had it been allowed to: the stat data of the touched files.
  await shell(repository, "rm .git/index.lock; git status > ../out");
  assert.notDeepEqual(await listGit(repository), before);
});

/** Every file of `.git` with size, times and content. */
async function listGit(repository: TestRepository): Promise<string[]> {
  const entries = await bestWalker().walk(inside(repository, ".git"), () => false);
  const lines = [...entries].map(async ([path, { kind, size, mtime, ctime }]) => {
    const content = kind === "file" ? await Deno.readFile(inside(repository, `.git/${path}`)) : [];
    return kind === "folder" ? path : `${path} ${size} ${mtime} ${ctime} ${content}`;
  });
  return (await Promise.all(lines)).filter((line) => !line.startsWith("index.lock")).sort();
}

Deno.test("a repository whose .git leads nowhere is refused", async () => {
  await using repository = await makeRepository();
  await shell(repository, 'rm -rf .git; echo "gitdir: /nowhere" > .git');
  const options = { environment: repository.env, walker: bestWalker(), scratch: repository.home };
  await assert.rejects(takeBaseline(repository.root, options), /cannot be found behind its \.git/);
});
