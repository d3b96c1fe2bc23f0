import assert from "node:assert/strict";
import type { Entries, Walker } from "../../../lib/evidence/entry.ts";
import { linuxWalker } from "../../../lib/evidence/walk_linux.ts";
import { portableWalker } from "../../../lib/evidence/walk_portable.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { inside, Observation, shell } from "./observing.ts";

const linux = linuxWalker();
const WALKERS: readonly (readonly [name: string, walker: Walker])[] = [
  ...(linux ? [["the walker of Linux", linux] as const] : []),
  ["the portable walker", portableWalker],
];

interface Case {
  readonly what: string;
  readonly before?: string;
  readonly work: string;
  readonly is: readonly string[];
}

const NOTHING: readonly Case[] = [
  { what: "a file touched", work: "touch src/one.txt notes old.log", is: [] },
  { what: "a file given another time", work: "touch -t 202001010000 src/one.txt notes old.log", is: [] },
  {
    what: "an edit undone",
    work: "for f in src/one.txt notes old.log; do cp $f ../old; echo x >> $f; cat ../old > $f; done",
    is: [],
  },
  {
    what: "a file written anew with the same bytes",
    work: "for f in src/one.txt notes old.log; do cp $f ../old; rm $f; cp ../old $f; done",
    is: [],
  },
  {
    what: "modes changed and back",
    work: "chmod 700 src src/one.txt notes; chmod 755 src; chmod 644 src/one.txt notes",
    is: [],
  },
  { what: "a link made anew", work: "ln -sfn nowhere link", is: [] },
  { what: "a folder that came and went", work: "mkdir -p x/y; rmdir x/y x", is: [] },
  { what: "a file hard-linked elsewhere", work: "ln src/one.txt ../alias", is: [] },
  { what: "all of it checked out anew", work: "rm -r src README.md; git checkout -q .", is: [] },
  {
    what: "line ends of Windows checked out anew",
    before: "git config core.autocrlf true; rm README.md; git checkout -q .",
    work: "rm README.md; git checkout -q .; touch README.md",
    is: [],
  },
  {
    what: "line ends of Windows by an attribute, touched",
    before: "echo '*.md eol=crlf' > .gitattributes; rm README.md; git checkout -q .",
    work: "touch README.md",
    is: [],
  },
  {
    what: "files of a filter, touched",
    before:
      "git config filter.turn.clean 'tr a-z n-za-m'; git config filter.turn.smudge 'tr a-z n-za-m'; echo '*.md filter=turn' > .gitattributes; rm README.md; git checkout -q .; git status > ../out",
    work: "touch README.md",
    is: [],
  },
];

const SOMETHING: readonly Case[] = [
  {
    what: "other bytes of the same number",
    work: "for f in src/one.txt notes old.log; do printf 'two\\n' > $f; done",
    is: ["notes modified", "old.log modified", "src/one.txt modified"],
  },
  {
    what: "the same with all times put back",
    work:
      "for f in src/one.txt notes old.log; do touch -r $f ../time; printf 'two\\n' > $f; touch -r ../time $f; done",
    is: ["notes modified", "old.log modified", "src/one.txt modified"],
  },
  {
    what: "an edit through a hard link outside",
    work: "ln src/one.txt ../alias; printf 'two\\n' > ../alias",
    is: ["src/one.txt modified"],
  },
  {
    what: "an edit that git is told not to look at",
    work:
      "git update-index --assume-unchanged src/one.txt; git update-index --skip-worktree README.md; echo 2 > src/one.txt; echo 2 > README.md",
    is: ["README.md modified", "src/one.txt modified"],
  },
  {
    what: "an edit that is committed",
    work: "echo 2 > src/one.txt; git commit -q -a -m x",
    is: ["src/one.txt modified"],
  },
  {
    what: "an edit of what was flagged before",
    before: "git update-index --assume-unchanged src/one.txt",
    work: "printf 'two\\n' > src/one.txt",
    is: ["src/one.txt modified"],
  },
  {
    what: "a file with a filter set to what git holds of it",
    before:
      "git config filter.turn.clean 'tr a-z n-za-m'; git config filter.turn.smudge 'tr a-z n-za-m'; mkdir -p ~/.config/git; echo '*.md filter=turn' > ~/.config/git/attributes; rm README.md; git checkout -q .; touch -t 202001010000 README.md; git status > ../out",
    work: "git cat-file blob HEAD:README.md > README.md",
    is: ["README.md modified"],
  },
  {
    what: "a file with a filter that only the index tells of, set to what git holds of it",
    before:
      "git config filter.turn.clean 'tr a-z n-za-m'; git config filter.turn.smudge 'tr a-z n-za-m'; echo '*.txt filter=turn' > src/.gitattributes; git add src; rm src/one.txt; git checkout -q .; touch -t 202001010000 src/one.txt; git status > ../out; rm src/.gitattributes",
    work: "git cat-file blob :src/one.txt > src/one.txt",
    is: ["src/one.txt modified"],
  },
  {
    what: "line ends changed",
    before: "git config core.autocrlf true; rm README.md; git checkout -q .",
    work: "git cat-file blob HEAD:README.md > README.md",
    is: ["README.md modified"],
  },
  {
    what: "modes",
    work: "chmod 600 src/one.txt; chmod 700 src; chmod 666 notes",
    is: ["notes mode", "src mode", "src/one.txt mode"],
  },
  {
    what: "other bytes and another mode",
    work: "echo 2 > src/one.txt; chmod 600 src/one.txt",
    is: ["src/one.txt modified"],
  },
  {
    what: "kinds",
    work:
      "rm notes; mkfifo notes; rm README.md; mkdir README.md; rm link; echo file > link; rm -r src; ln -s . src",
    is: ["README.md type", "link type", "notes type", "src type", "src/one.txt deleted"],
  },
  { what: "a link turned", work: "ln -sfn elsewhere link", is: ["link modified"] },
  { what: "a rename", work: "mv src lib", is: ["lib/one.txt added", "src/one.txt deleted"] },
  {
    what: "a folder moved into itself by another name",
    work: "mkdir src/deep; mv src/one.txt src/deep/",
    is: ["src/deep/one.txt added", "src/one.txt deleted"],
  },
  {
    what: "empty folders",
    before: "mkdir -p empty/deep",
    work: "mkdir -p new/deep; rmdir empty/deep",
    is: ["empty/deep deleted", "new/deep added"],
  },
  { what: "pipes", work: "mkfifo pipe; mkfifo 'src/p q'", is: ["pipe added", "src/p q added"] },
  {
    what: "a file in a repository within the tree",
    before: "git init -q inner; printf 'one\\n' > inner/f; git -C inner add f; git -C inner commit -q -m x",
    work: "printf 'two\\n' > inner/f; git -C inner commit -q -a -m y",
    is: ["inner/f modified"],
  },
  {
    what: "a file below a folder that stands where a file is tracked",
    before: "printf '*\\n' > .gitignore; rm README.md; mkdir README.md; echo 1 > README.md/a",
    work: "touch README.md/a; echo 2 > README.md/b",
    is: ["README.md/b added"],
  },
];

const BEFORE =
  "printf '*.log\\n' > .gitignore; printf 'one\\n' > notes; printf 'one\\n' > old.log; ln -s nowhere link";

for (const [name, walker] of WALKERS) {
  for (const { what, before, work, is } of [...NOTHING, ...SOMETHING]) {
    const told = is.length === 0 ? "no change" : is.join(", ");
    Deno.test(`by ${name}, ${what}: ${told}`, async () => {
      await using repository = await makeRepository();
      await shell(repository, `umask 022; ${BEFORE}; ${before ?? ""}`);
      await using observation = await Observation.of(repository, () => shell(repository, work), { walker });
      assert.deepEqual(observation.changes, is);
    });
  }
}

/** A walker that tells, whatever was done, what it told at first, and to whose times everything is long past. */
function stubborn(walker: Walker): Walker {
  const told = new Map<string, Promise<Entries>>();
  return {
    granularity: -1e15,
    read: walker.read,
    walk: (root, skip) =>
      told.get(root) ?? told.set(root, walker.walk(root, skip)).get(root) ?? walker.walk(root, skip),
  };
}

for (const [name, walker] of WALKERS) {
  for (const distrustTimes of [false, true]) {
    const does = distrustTimes ? "is read, for no time proves anything" : "is taken for the same";
    Deno.test(`by ${name}, where the clock was ${distrustTimes ? "set back" : "sound"}, what has all its numbers as before ${does}`, async () => {
      await using repository = await makeRepository();
      await shell(repository, BEFORE);
      const work = "for f in src/one.txt notes old.log; do printf 'two\\n' > $f; done";
      await using observation = await Observation.of(repository, () => shell(repository, work), {
        walker: stubborn(walker),
        distrustTimes,
      });
      assert.deepEqual(
        observation.changes,
        distrustTimes ? ["notes modified", "old.log modified", "src/one.txt modified"] : [],
      );
    });
  }
}

Deno.test("a tree that is gone, or whose .git cannot be read any more, is told as that", async () => {
  await using repository = await makeRepository();
  await using observation = await Observation.of(
    repository,
    () => Deno.rename(repository.root, inside(repository, "../gone")),
  );
  assert.deepEqual(observation.changes, ["README.md deleted", "src/one.txt deleted"]);
  assert.deepEqual(observation.aftermath.repository.map(({ path }) => path), [".git"]);
  assert.deepEqual((await observation.patch()).omits, ["README.md", "src/one.txt"]);
});

Deno.test("a .git that cannot be listed any more is told as that", async () => {
  await using repository = await makeRepository();
  const [, walker] = WALKERS[0] ?? ["", portableWalker];
  let shut = false;
  const denied: Walker = {
    ...walker,
    walk: (root, skip) =>
      shut && root.endsWith(".git")
        ? Promise.reject(new Deno.errors.PermissionDenied())
        : walker.walk(root, skip),
  };
  await using observation = await Observation.of(repository, () => Promise.resolve(shut = true), {
    walker: denied,
  });
  assert.deepEqual(observation.aftermath.repository, [{
    path: ".git",
    detail: '".git" cannot be read any more.',
  }]);
});
