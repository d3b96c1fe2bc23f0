import assert from "node:assert/strict";
import { dirtyOverlap } from "../../../lib/evidence/dirty_overlap.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { Observation, type RulesInWords, scopeOf, shell } from "./observing.ts";

const FILES = {
  "README.md": "A repository.\n",
  "src/one.txt": "one\n",
  "docs/a.md": "a\n",
  ".gitignore": "*.log\nbuild/\nvenv/\n.env*\n",
};

interface Judged {
  readonly rules?: RulesInWords;
  /** The violations, as `kind path`. */
  readonly is: readonly string[];
  readonly tolerated?: readonly string[];
}

interface Case {
  readonly title: string;
  /** Lines of shell, before the first look at the tree and between the two. */
  readonly before?: string;
  readonly work: string;
  readonly judged: readonly Judged[];
}

const READ_ONLY = ["verifier", "reviewer", "synthesizer"] as const;
const many = (folder: string, count: number): string =>
  `mkdir -p ${folder} && touch $(seq -f ${folder}/%g ${count})`;

const SCOPES: readonly Case[] = [
  {
    title: "what is done in scope is legal, and in no other mode than the worker's",
    work: "echo 2 > src/one.txt; echo 1 > src/two.txt; mkdir src/empty; chmod 700 src",
    judged: [
      { is: [] },
      ...READ_ONLY.map((mode) => ({
        rules: { mode },
        is: ["read-only src/", "read-only src/empty/", "read-only src/one.txt", "read-only src/two.txt"],
      })),
    ],
  },
  {
    title: "a file outside of the scope may not appear, change, go, or change its mode or kind",
    work: "echo 1 > new.txt; echo 2 > README.md; rm docs/a.md; chmod +x .gitignore",
    judged: [
      {
        is: [
          "out-of-scope .gitignore",
          "out-of-scope README.md",
          "out-of-scope docs/a.md",
          "out-of-scope new.txt",
        ],
      },
      { rules: { scope: ["src/", ":/docs", "*.txt", "README.md", ".gitignore"] }, is: [] },
      { rules: { scope: [".", "!docs/"] }, is: ["out-of-scope docs/a.md", "protected .gitignore"] },
    ],
  },
  {
    title: "a folder in the place of a file is out of scope with all that is in it",
    work: "rm README.md; mkdir README.md; echo 1 > README.md/a",
    judged: [{ is: ["out-of-scope README.md", "out-of-scope README.md/a"] }],
  },
  {
    title: "a file in the place of a folder is out of scope with all that was in it",
    work: "rm -r docs; echo 1 > docs",
    judged: [{ is: ["out-of-scope docs", "out-of-scope docs/a.md"] }],
  },
  {
    title: "a glob that ends in / names folders with what lies in them, and no files",
    work: "mkdir -p pkg/a pkg/b; touch pkg/a/x pkg/README; ln -s a pkg/c; chmod 700 docs; echo 2 > README.md",
    judged: [
      {
        rules: { scope: ["pkg/*/", "[dR]*/"] },
        is: ["out-of-scope README.md", "out-of-scope pkg/README", "out-of-scope pkg/c"],
      },
      {
        rules: { scope: [".", "!pkg/*/", "!R*/"] },
        is: ["out-of-scope pkg/a/x", "out-of-scope pkg/b/", "symlink-escape pkg/c"],
      },
    ],
  },
  {
    title: "folders on the way to what the scope names may come and go, others may not",
    work: "mkdir -p lib/deep other",
    judged: [
      { rules: { scope: ["lib/deep/new.txt"] }, is: ["out-of-scope other/"] },
      { rules: { scope: ["lib/deep/er/*.txt"] }, is: ["out-of-scope other/"] },
      { rules: { scope: ["!lib/deep/x", "src/"] }, is: ["out-of-scope lib/deep/", "out-of-scope other/"] },
    ],
  },
  {
    title: "a link on the way to what the scope names is no folder",
    work: "ln -s /tmp lib",
    judged: [{ rules: { scope: ["lib/new.txt"] }, is: ["out-of-scope lib"] }],
  },
];

const PROTECTED: readonly Case[] = [
  {
    title: "what steers others is in scope only where it, or a folder that holds it, is named",
    work: "mkdir -p src .github/workflows; touch AGENTS.md src/CLAUDE.md .github/workflows/ci.yml",
    judged: [
      {
        rules: { scope: ["."] },
        is: ["protected .github/workflows/ci.yml", "protected AGENTS.md", "protected src/CLAUDE.md"],
      },
      {
        rules: { scope: ["**"] },
        is: ["protected .github/workflows/ci.yml", "protected AGENTS.md", "protected src/CLAUDE.md"],
      },
      { rules: { scope: ["AGENTS.md", "src/", ".github/"] }, is: [] },
      { rules: { scope: ["AGENTS.md", "src/CLAUDE.md", ".github/workflows/ci.yml"] }, is: [] },
      {
        rules: { scope: ["AGENTS*.md", "src/**", ".github/**"] },
        is: ["protected .github/workflows/ci.yml", "protected AGENTS.md", "protected src/CLAUDE.md"],
      },
    ],
  },
];

const IGNORED: readonly Case[] = [
  {
    title: "build output that git ignored before is tolerated, in every mode",
    work: "mkdir build; echo 1 > build/out.o; mkdir -p build/empty",
    judged: [
      { is: [], tolerated: ["build/empty/", "build/out.o"] },
      { rules: { mode: "verifier" }, is: [], tolerated: ["build/empty/", "build/out.o"] },
      { rules: { strictIgnored: true }, is: ["out-of-scope build/empty/", "out-of-scope build/out.o"] },
    ],
  },
  {
    title: "other ignored files count like any file, and secrets in build output do",
    work: "echo 1 > x.log; mkdir build; echo 1 > build/.env; echo 1 > .env.local",
    judged: [{ is: ["out-of-scope .env.local", "out-of-scope build/.env", "out-of-scope x.log"] }],
  },
  {
    title: "what git ignores only since the run is not ignored",
    work: "echo dist/ >> .gitignore; mkdir dist; echo 1 > dist/a; echo dist/ >> .git/info/exclude",
    judged: [
      { rules: { scope: [".gitignore"] }, is: ["git-state .git/info/exclude", "out-of-scope dist/a"] },
    ],
  },
  {
    title: "build output that git tracks is no build output",
    before: "mkdir build; echo 1 > build/kept; git add -f build; git commit -q -m kept",
    work: "echo 2 > build/kept; echo 1 > build/new",
    judged: [{
      rules: { ignoredWrites: ["build/"] },
      is: ["out-of-scope build/kept"],
      tolerated: ["build/new"],
    }],
  },
  {
    title: "IGNORED WRITES holds in every mode, but for .env by a pattern",
    work: "echo 1 > x.log; echo 1 > .env; mkdir cfg; echo 1 > cfg/.env.test",
    judged: [
      {
        rules: { ignoredWrites: ["*.log", ".env", "cfg/.env.test"] },
        is: [],
        tolerated: [".env", "cfg/.env.test", "x.log"],
      },
      {
        rules: { mode: "reviewer", ignoredWrites: ["x.log", "cfg/"] },
        is: ["read-only .env"],
        tolerated: ["cfg/.env.test", "x.log"],
      },
      {
        rules: { ignoredWrites: ["**", ".e*", ".env*"] },
        is: ["out-of-scope .env", "out-of-scope cfg/.env.test"],
        tolerated: ["x.log"],
      },
      {
        rules: { ignoredWrites: ["x.log", ".env", "cfg/", "!**/.env*"] },
        is: ["out-of-scope .env", "out-of-scope cfg/.env.test"],
        tolerated: ["x.log"],
      },
    ],
  },
];

const LINKS: readonly Case[] = [
  {
    title: "a link made in the scope may not lead out of it",
    work:
      "cd src; ln -s one.txt in; ln -s nowhere dangling; ln -s /etc/hosts away; ln -s ../README.md up; ln -s .. root",
    judged: [
      { is: ["symlink-escape src/away", "symlink-escape src/root", "symlink-escape src/up"] },
      { rules: { scope: ["."] }, is: ["symlink-escape src/away", "symlink-escape src/root"] },
    ],
  },
  {
    title:
      "a link made in the scope may lead to nothing that the scope grants only by name, nor to git's own or the records",
    work:
      "cd src; ln -s ../.git/config a; ln -s ../.GIT b; ln -s ../.gitignore c; ln -s ../.codex-dispatch/runs d; " +
      "ln -s ../.claude/skills e; ln -s ../docs f",
    judged: [
      { rules: { scope: ["."] }, is: ["a", "b", "c", "d", "e"].map((name) => `symlink-escape src/${name}`) },
      {
        rules: { scope: ["**", ".gitignore", ".claude/"] },
        is: ["a", "b", "d"].map((name) => `symlink-escape src/${name}`),
      },
    ],
  },
  {
    title: "a link that was there and is turned outwards escapes; one that goes, or was there, does not",
    before: "ln -s one.txt src/turned; ln -s ../README.md src/there; ln -s ../README.md src/gone",
    work: "ln -sfn ../docs src/turned; rm src/gone",
    judged: [{ is: ["symlink-escape src/turned"] }],
  },
  {
    title: "where a link leads up again behind another one, it may lead anywhere",
    work:
      "mkdir -p src/a/b; ln -s ../.. src/a/b/up; ln -s a/b/up/../../README.md src/back; ln -s a/b/../c src/c",
    judged: [{ is: ["symlink-escape src/back"] }],
  },
  {
    title: "an ignored link, as virtual environments have them, may lead out",
    work: "mkdir -p venv/bin; ln -s /usr/bin/python3 venv/bin/python",
    judged: [{ rules: { scope: ["."] }, is: [] }],
  },
  {
    title: "behind a link that led out already nothing may change",
    before: 'echo 1 > ../behind; ln -s "$PWD/../behind" src/out; ln -s ../../to-come src/dangling',
    work: "echo 2 > ../behind; mkdir ../to-come",
    judged: [{ is: ["symlink-escape src/dangling", "symlink-escape src/out"] }],
  },
];

const OTHERS: readonly Case[] = [
  {
    title: "the records are nobody's to write, whatever is in scope, ignored or waived",
    before: "mkdir -p .codex-dispatch/runs/old; echo '*' > .codex-dispatch/.gitignore",
    work: "echo forged > .codex-dispatch/runs/old/policy.json",
    judged: [{
      rules: { scope: ["."], ignoredWrites: [".codex-dispatch/"], waive: [".codex-dispatch/"] },
      is: ["record-tampered .codex-dispatch/runs/old/policy.json"],
    }],
  },
  {
    title: "a repository within the tree is none of the scope's files, and cannot be waived",
    work: "git init -q src/inner; mkdir -p src/fake/.git; echo 'gitdir: /x' > src/.git; git init -q vendor/x",
    judged: [{
      rules: { waive: ["vendor/**", "src/**"] },
      is: [
        "git-state src/.git",
        "git-state src/fake/.git/",
        "git-state src/inner/.git/",
        "out-of-scope vendor/x/.git/",
      ],
    }],
  },
  {
    title: "a repository that comes into build output is build output, in the scope as elsewhere",
    work: "mkdir -p src/build build; git init -q src/build/got; git init -q build/got; git init -q src/out",
    judged: [
      { is: ["git-state src/out/.git/"], tolerated: ["build/got/.git/"] },
      {
        rules: { strictIgnored: true },
        is: ["git-state src/build/got/.git/", "git-state src/out/.git/", "out-of-scope build/got/.git/"],
      },
    ],
  },
  {
    title: "a repository that IGNORED WRITES names may be worked in, but none that the outer one tracks",
    before: `echo deps/ >> .gitignore; git commit -qam deps
      for each in deps/in other/in kept/in; do git init -q $each; echo 1 > $each/f; git -C $each add f
      git -C $each -c user.name=T -c user.email=t@t commit -qm 1; done; git add -f kept/in 2>/dev/null; git commit -qm kept`,
    work: `for each in deps/in other/in kept/in; do echo 2 > $each/g; git -C $each add g
      git -C $each config a.b c; done`,
    judged: ["deps/", "deps/in"].map((named) => ({
      rules: { ignoredWrites: [named, "kept/"] },
      is: [
        "git-state kept/in/.git/config",
        "git-state kept/in/g",
        "git-state other/in/.git/config",
        "git-state other/in/g",
        "out-of-scope other/in/g",
      ],
      tolerated: ["deps/in/g", "kept/in/g"],
    })),
  },
  {
    title: "a folder that came or went with twenty entries or more is told once",
    before: many("gone", 25) + "; git add -A; git commit -q -m many",
    work: `rm -r gone; ${many("came/deep", 20)}; ${many("few", 3)}`,
    judged: [{
      is: [
        "out-of-scope came/",
        "out-of-scope few/1",
        "out-of-scope few/2",
        "out-of-scope few/3",
        "out-of-scope gone/",
      ],
    }],
  },
];

for (const { title, before, work, judged } of [...SCOPES, ...PROTECTED, ...IGNORED, ...LINKS, ...OTHERS]) {
  Deno.test(title, async () => {
    await using repository = await makeRepository(FILES);
    if (before) await shell(repository, before);
    await using observation = await Observation.of(repository, () => shell(repository, work));
    for (const { rules, is, tolerated = [] } of judged) {
      const judgement = observation.judge(rules);
      const found = judgement.violations.map(({ kind, path }) => `${kind} ${path}`).sort();
      assert.deepEqual(found, [...is].sort(), JSON.stringify(rules));
      assert.deepEqual(judgement.tolerated, tolerated, JSON.stringify(rules));
    }
  });
}

async function afterWork(work: string, test: (observation: Observation) => void): Promise<void> {
  await using repository = await makeRepository({ ...FILES, "dist/kept": "1\n" });
  await using observation = await Observation.of(repository, () => shell(repository, work));
  test(observation);
}

Deno.test("every change is listed, with whether it is in scope, and what is out of scope once more", () =>
  afterWork(
    "echo 2 > src/one.txt; mkdir x; rm README.md; mkdir build; touch build/o",
    (observation) => {
      const { changes, outOfScope, tolerated } = observation.judge();
      assert.deepEqual(changes, [
        { path: "README.md", change: "deleted", in_scope: false },
        { path: "build/o", change: "added", in_scope: false },
        { path: "src/one.txt", change: "modified", in_scope: true },
        { path: "x/", change: "added", in_scope: false },
      ]);
      assert.deepEqual(outOfScope, ["README.md", "x/"]);
      assert.deepEqual(tolerated, ["build/o"]);
    },
  ));

Deno.test("what is waived is listed with its reason and is no violation", () =>
  afterWork("echo 2 > README.md; echo 1 > new", (observation) => {
    const { violations, waived } = observation.judge({ waive: ["*.md"] });
    assert.deepEqual(waived, [{ path: "README.md", reason: "for a test" }]);
    assert.deepEqual(violations.map(({ path }) => path), ["new"]);
  }));

Deno.test("a violation says what happened, to what, against which rule, and that it may be somebody else's", () =>
  afterWork("echo 2 > README.md", (observation) => {
    const detail =
      '"README.md" was changed outside of WRITE SCOPE. The check sees what changed, not who changed it.';
    assert.deepEqual(observation.judge().violations, [{ kind: "out-of-scope", path: "README.md", detail }]);
  }));

Deno.test("for build output that git does not ignore the line is proposed that allows it", () =>
  afterWork(
    "mkdir -p web/dist/js; echo 1 > web/dist/js/a.js; echo 1 > app.tsbuildinfo; echo 1 > other",
    (observation) => {
      const { messages: [message = "", ...more], violations } = observation.judge();
      assert.match(message, /IGNORED WRITES:\n- :\/app\.tsbuildinfo\n- :\/web\/dist\/$/);
      const proposed = message.split("\n").flatMap((line) => line.startsWith("- ") ? [line.slice(2)] : []);
      const left = observation.judge({ ignoredWrites: proposed }).violations.map(({ path }) => path);
      assert.deepEqual([more, violations.length, left], [[], 3, ["other"]]);
    },
  ));

Deno.test("for build output that git tracks or ignores no such line is proposed: it would not help", () =>
  afterWork("echo 2 > dist/kept; mkdir build; echo 1 > build/o", (observation) => {
    const { messages, violations } = observation.judge({ strictIgnored: true });
    assert.deepEqual(violations.map(({ path }) => path), ["build/o", "dist/kept"]);
    assert.deepEqual(messages, []);
  }));

const OVERLAPS: readonly { before: string; scope?: readonly string[]; is: readonly string[] }[] = [
  { before: ":", is: [] },
  { before: "echo 2 > src/one.txt", is: ["src/one.txt"] },
  { before: "echo 2 > src/one.txt; git add src", is: ["src/one.txt"] },
  { before: "rm src/one.txt", is: ["src/one.txt"] },
  { before: "echo 1 > src/new.txt; echo 1 > src/x.log", is: ["src/new.txt"] },
  { before: "git init -q src/inner; echo 1 > src/inner/f", is: ["src/inner/"] },
  { before: "echo 2 > README.md; echo 1 > new.txt", is: [] },
  { before: "echo 2 > README.md", scope: ["*.md"], is: ["README.md"] },
  { before: "echo 2 > src/one.txt", scope: [".", "!src/"], is: [] },
  { before: "touch src/one.txt", is: [] },
  { before: "echo 2 > README.md; mkdir d; echo 1 > d/x", scope: ["*/"], is: ["d/x"] },
  { before: "git init -q inner; echo 1 > inner/f", scope: ["inn*/"], is: ["inner/"] },
  { before: "git config core.fileMode false; chmod +x src/one.txt", is: [] },
  { before: "chmod +x src/one.txt", is: ["src/one.txt"] },
];

for (const { before, scope = ["src/"], is } of OVERLAPS) {
  Deno.test(`after "${before}", ${is.join(" and ") || "nothing"} is dirty in the scope ${scope.join(" ")}`, async () => {
    await using repository = await makeRepository(FILES);
    await shell(repository, before);
    await using observation = await Observation.of(repository, () => Promise.resolve());
    assert.deepEqual(dirtyOverlap(observation.baseline.status, scopeOf(scope)), is);
  });
}
