import assert from "node:assert/strict";
import fc from "fast-check";
import { packetText } from "../../helpers/packet_text.ts";
import { accepted, machine, refused, showEntry } from "../../helpers/packet_world.ts";
import { compileScope } from "../../../lib/evidence/scope.ts";
import { checkPacket } from "../../../lib/packet/check_packet.ts";
import { readScopeEntry } from "../../../lib/packet/scope_entry.ts";

const STANDING = [
  "/repo/src/parser.ts",
  "/repo/src/a, b.ts",
  "/repo/src/[a].txt",
  "/repo/src/r (new)",
  "/repo/src/x: y",
  "/repo/weird - name",
  '/repo/"q"',
  "/repo/!important",
  "/repo/`tick`",
  "/repo/back\\slash",
  "/repo/*star*",
  "/repo/app/[slug]/page.tsx",
  "/repo/[group]/a",
  "/repo/docs/guide.md",
];

/** Entries of a packet whose WORKDIR is the root, and what they mean. */
const ENTRIES: readonly [text: string, is: string][] = [
  ["src/parser.ts", 'path "src/parser.ts"'],
  ["src", 'path "src"'],
  ["src/", 'path "src"'],
  ["./src/", 'path "src"'],
  ["src//parser.ts", 'path "src/parser.ts"'],
  ["src/./parser.ts", 'path "src/parser.ts"'],
  [".", 'path ""'],
  ["./", 'path ""'],
  [":/", 'path ""'],
  [":/src/", 'path "src"'],
  [":/new.ts", 'path "new.ts"'],
  ["/repo", 'path ""'],
  ["/repo/", 'path ""'],
  ["/repo/src/", 'path "src"'],
  ["/repo/new/a.ts", 'path "new/a.ts"'],
  ["new/a.ts", 'path "new/a.ts"'],
  ["a b.ts", 'path "a b.ts"'],
  // What stands there is that very path.
  ["src/a, b.ts", 'path "src/a, b.ts"'],
  ["src/[a].txt", 'path "src/[a].txt"'],
  ["/repo/src/[a].txt", 'path "src/[a].txt"'],
  ["src/r (new)", 'path "src/r (new)"'],
  ["src/x: y", 'path "src/x: y"'],
  ["weird - name", 'path "weird - name"'],
  ["weird - name (MODIFY)", 'path "weird - name"'],
  ["`weird - name`", 'path "weird - name"'],
  ['"q"', 'path ""q""'],
  ["!important", 'path "!important"'],
  ["!!important", '!path "!important"'],
  ["`tick`", 'path "`tick`"'],
  ["back\\slash", 'path "back\\slash"'],
  ["*star*", 'path "*star*"'],
  ["`*star*`", 'path "*star*"'],
  // Annotations are dropped.
  ...[
    ...[
      "(NEW)",
      "(MODIFY)",
      "(NEW, optional)",
      "(new)",
      "( NEW )",
      "(DELETE)",
      "(MOVE)",
      "(MOVED from old.ts)",
    ],
    ...["(RENAMED)", "(OPTIONAL)", "(optional: if needed)", "  (NEW)"],
  ].map((annotation): [string, string] => [`new.ts ${annotation}`, 'path "new.ts"']),
  ["new.ts(NEW)", 'path "new.ts"'],
  ["`new.ts` (NEW)", 'path "new.ts"'],
  ["src/*.ts (MODIFY)", 'glob "src" "*.ts"'],
  ["!new.ts (NEW)", '!path "new.ts"'],
  ["new (NEW).ts", 'path "new (NEW).ts"'],
  // Backticks hold a name together; a glob stays one.
  ["`src/parser.ts`", 'path "src/parser.ts"'],
  ["`new a.ts`", 'path "new a.ts"'],
  ["`new, a.ts`", 'path "new, a.ts"'],
  ["`new (b)`", 'path "new (b)"'],
  ["`new (NEW)`", 'path "new (NEW)"'],
  ["`new - b`", 'path "new - b"'],
  ["`new: b`", 'path "new: b"'],
  ["`• new`", 'path "• new"'],
  ["`:!new`", 'path ":!new"'],
  ["`new/*.ts`", 'glob "new" "*.ts"'],
  ["!`new a.ts`", '!path "new a.ts"'],
  // Backticks make a name of what looks like something else.
  ["`-new/`", 'path "-new"'],
  ["`1. new`", 'path "1. new"'],
  ["`[a](b)`", 'glob "" "[a](b)"'],
  ["`CONTEXT`", 'path "CONTEXT"'],
  ["CONTEXT/", 'path "CONTEXT"'],
  ["context", 'path "context"'],
  ["inputs.md", 'path "inputs.md"'],
  ["+page.svelte", 'path "+page.svelte"'],
  ["1.new", 'path "1.new"'],
  ["[id](group)/page.tsx", 'glob "" "[id](group)/page.tsx"'],
  // These characters mean themselves.
  ...["(group)/a.tsx", "file(1).ts", "@scope/a", "+page.ts", "a!b", "a{b", "a}b", "{a}", "a[b", "[]", "[a/b]"]
    .map(
      (name): [string, string] => [name, `path "${name}"`],
    ),
  ...["$a", "^a", "a|b", "#a", "a#b", "a'b", "a:b", "a-b", "é", "😀", "~a", ".env", ".gitignore", "a.git"]
    .map(
      (name): [string, string] => [name, `path "${name}"`],
    ),
  // Globs, with the folder that they are below.
  ["*", 'glob "" "*"'],
  ["**", 'glob "" "**"'],
  ["**/*.ts", 'glob "" "**/*.ts"'],
  ["src/*.ts", 'glob "src" "*.ts"'],
  ["src/**", 'glob "src" "**"'],
  ["src/**/", 'glob "src" "**"/'],
  ["src/*/", 'glob "src" "*"/'],
  ["src/**/**/a/*.ts", 'glob "src" "**/a/*.ts"'],
  ["a*b*c*d*e*f*/**/g/**/h", 'glob "" "a*b*c*d*e*f*/**/g/**/h"'],
  ["src/a/?.ts", 'glob "src/a" "?.ts"'],
  ["src/[ab].ts", 'glob "src" "[ab].ts"'],
  ["src/[^a].ts", 'glob "src" "[^a].ts"'],
  ["src/{a,b}.ts", 'glob "src" "{a,b}.ts"'],
  ["src/{a,b/c}/d.ts", 'glob "src" "{a,b/c}/d.ts"'],
  ["{src,lib/a}", 'glob "" "{src,lib/a}"'],
  ["{src,{docs,lib/a}}/*.ts", 'glob "" "{src,{docs,lib/a}}/*.ts"'],
  ["src/{{a,b},c}.ts", 'glob "src" "{{a,b},c}.ts"'],
  ["./src/*.ts", 'glob "src" "*.ts"'],
  [":/src/*.ts", 'glob "src" "*.ts"'],
  ["/repo/src/*.ts", 'glob "src" "*.ts"'],
  ["/repo/*", 'glob "" "*"'],
  ["!src/**/gen", '!glob "src" "**/gen"'],
  ["! src/gen", '!path "src/gen"'],
  // A folder of a glob that stands there is that very folder.
  ["app/[slug]/*.tsx", 'glob "app/[slug]" "*.tsx"'],
  ["app/[slug]/new.tsx", 'path "app/[slug]/new.tsx"'],
  ["[group]/*", 'glob "[group]" "*"'],
  ["app/[other]/*.tsx", 'glob "app" "[other]/*.tsx"'],
];

for (const [text, is] of ENTRIES) {
  Deno.test(`the entry ${JSON.stringify(text)} is the ${is}`, async () => {
    const block = `WRITE SCOPE:\n- ${text}\n- one`;
    const check = await checkPacket(packetText({ "WRITE SCOPE": block }), machine({ paths: STANDING }));
    const scope = accepted(check).scope;
    assert.deepEqual(scope.map(showEntry), [is, 'path "one"']);
    assert.equal(scope[0]?.text, text);
  });
}

/** Entries that are refused, with a part of the message that is the remedy or the reason. */
const REFUSED: readonly [text: string, code: string, says: string][] = [
  ...[
    ...[
      " - the parser",
      " — the parser",
      " – the parser",
      " -- the parser",
      ": the parser",
      " (the parser)",
      " -",
    ],
    ...[":", " # the parser", " // the parser", " -> dst/", " → dst/", " (NEW) (see below)"],
  ].flatMap((prose): [string, string, string][] => [
    [`src/${prose}`, "scope-prose", "Write src/"],
    [`:/new.ts${prose}`, "scope-prose", "Write :/new.ts"],
    [`src/*.ts${prose}`, "scope-prose", "Write src/*.ts"],
  ]),
  ["`src/` the parser", "scope-prose", "Write `src/` alone"],
  ["`src/` and `docs/`", "scope-prose", 'text after the path ("and `docs/`")'],
  ["`src/`, `docs/`", "scope-prose", "Write `src/` alone"],
  ["src/, docs/", "scope-comma", "Give each path a line of its own."],
  ["a,b", "scope-comma", "Give each path a line of its own."],
  ["{a,b}.ts,c.ts", "scope-comma", "Give each path a line of its own."],
  ["{a,{b,c}}.ts,d.ts", "scope-comma", "Give each path a line of its own."],
  ["{a,{b,c}.ts", "scope-comma", "Give each path a line of its own."],
  ...["•", "–", "—", "·", "[ ]", "[x]", "[X]", "[]"].map((
    mark,
  ): [string, string, string] => [
    `${mark} src/ (NEW)`,
    "scope-mark",
    `begins with "${mark}". Write src/ alone`,
  ]),
  ["!• src/", "scope-mark", "Write src/ alone"],
  ...["- ", "* ", "+ ", "1. ", "2) ", "-", "•", "–", "—"].map((mark): [string, string, string] => [
    `${mark}src/`,
    "scope-mark",
    `begins with "${mark.trim()}". Write src/ alone`,
  ]),
  ["[the sources](src/)", "scope-link", "Write src/ alone"],
  ["<!-- src/ -->", "scope-comment", "without a list mark"],
  ...[
    "**NON-GOALS:**",
    "__Non-goals__",
    "*context*:",
    "CONTEXT",
    "NON GOALS",
    "|INPUTS:|",
    "> Context:",
    "**Context**",
  ].map(
    (text): [string, string, string] => [text, "scope-field", "at the start of a line for that"],
  ),
  [":!src/", "scope-pathspec", "Write !path"],
  [":^src/", "scope-pathspec", "Write !path"],
  [":(exclude)src/", "scope-pathspec", 'begins with ":(exclude)"'],
  [":(top,glob)src/**", "scope-pathspec", ":/path"],
  ["**`src/`**", "scope-backtick", "around the whole path"],
  ["src/`", "scope-backtick", "around the whole path"],
  ['"src/"', "scope-quoted", "Write src/ alone."],
  ["'src/'", "scope-quoted", "Write src/ alone."],
  ["src\\parser.ts", "scope-backslash", "Write / between"],
  ["../a", "scope-outside", 'passes through ".."'],
  ["..", "scope-outside", 'passes through ".."'],
  ["src/../docs", "scope-outside", 'passes through ".."'],
  ["src/..", "scope-outside", 'passes through ".."'],
  ["`src/../docs`", "scope-outside", 'passes through ".."'],
  ["!src/../docs", "scope-outside", 'passes through ".."'],
  [":/../a", "scope-outside", 'passes through ".."'],
  ["/repo/../a", "scope-outside", 'passes through ".."'],
  ["src/*/../a", "scope-outside", 'passes through ".."'],
  ["{src,..}/a", "scope-outside", 'passes through ".."'],
  ["{src/a,../b}", "scope-outside", 'passes through ".."'],
  ["/", "scope-outside", 'the repository "/repo"'],
  ["/etc/passwd", "scope-outside", 'the repository "/repo"'],
  ["/repository/a", "scope-outside", 'the repository "/repo"'],
  ["//repo/src", "scope-outside", 'the repository "/repo"'],
  ["~/a", "scope-outside", 'the repository "/repo"'],
  ["/etc/*", "scope-outside", 'the repository "/repo"'],
  [".git", "scope-git", "never in scope"],
  [".git/hooks/*", "scope-git", "never in scope"],
  [":/.git/", "scope-git", "never in scope"],
  ["sub/.git/config", "scope-git", "never in scope"],
  ["src/.GIT/a", "scope-git", "never in scope"],
  ["!.git/config", "scope-git", "never in scope"],
  ["!", "scope-empty", "names nothing"],
  ["! ", "scope-empty", "names nothing"],
  ["(NEW)", "scope-empty", "names nothing"],
  ["[!a].ts", "scope-glob", "Write [^…]"],
  ["src/[z-a].ts", "scope-glob", "backwards"],
  ["src/[^a-zZ-A].ts", "scope-glob", "backwards"],
  ["[{m,n}z-{a,b}]", "scope-glob", "backwards"],
  ["{,a}", "scope-glob", "names nothing"],
  ["src/{.,a/}/", "scope-glob", "names nothing"],
  ["{a,b}".repeat(9), "scope-glob", "more than 256 globs"],
  ["{a,b}".repeat(500), "scope-glob", "more than 256 globs"],
  ["a".repeat(4097), "scope-too-long", "longer than 4096 characters"],
];

for (const [text, code, says] of REFUSED) {
  Deno.test(`the entry ${JSON.stringify(text.slice(0, 60))} is refused (${code})`, async () => {
    const block = `WRITE SCOPE:\n- one\n- ${text}`;
    const world = machine({ paths: STANDING, home: "/home/me" });
    const problem = refused(await checkPacket(packetText({ "WRITE SCOPE": block }), world), [says]);
    assert.deepEqual([problem.code, problem.line], [code, 6]);
    assert.ok(problem.message.includes("at line 6"), problem.message);
    for (const field of ["IGNORED WRITES", "WAIVE"]) {
      const { problems } = await checkPacket(packetText({ [field]: `${field}:\n- ${text}` }), world);
      if (field === "WAIVE" && code === "scope-prose") continue;
      assert.deepEqual(problems.map(({ code, line }) => [code, line]), [[code, 9]]);
    }
  });
}

Deno.test("the longest glob that is taken is compiled from 256 alternatives at most", async () => {
  const block = `WRITE SCOPE: ${"{a,b}".repeat(8)}`;
  assert.equal(accepted(await checkPacket(packetText({ "WRITE SCOPE": block }), machine())).scope.length, 1);
});

/** In a fence an entry is taken as it stands. */
const LITERAL: readonly [text: string, is: string][] = [
  ["src/", 'path "src"'],
  ["new, a.ts", 'path "new, a.ts"'],
  ["new.ts (NEW)", 'path "new.ts (NEW)"'],
  ["`new`", 'path "`new`"'],
  ["src/*.ts", 'path "src/*.ts"'],
  ["- new", 'path "- new"'],
  ["new - b", 'path "new - b"'],
  ["none", 'path "none"'],
];

for (const [text, is] of LITERAL) {
  Deno.test(`the entry ${JSON.stringify(text)} in a code fence is the ${is}`, async () => {
    const block = `WRITE SCOPE:\n~~~\n${text}\n~~~`;
    const check = await checkPacket(packetText({ "WRITE SCOPE": block }), machine({ paths: STANDING }));
    assert.deepEqual(accepted(check).scope.map(showEntry), [is]);
  });
}

/** WORKDIR is /repo/pkg, given as /link/pkg. */
const BELOW: readonly [text: string, is: string][] = [
  ["src/", 'path "pkg/src"'],
  ["src/*.ts", 'glob "pkg/src" "*.ts"'],
  [".", 'path "pkg"'],
  ["*.ts", 'glob "pkg" "*.ts"'],
  ["**/docs", 'glob "pkg" "**/docs"'],
  ["new.ts", 'path "pkg/new.ts"'],
  ["both/", 'path "pkg/both"'],
  ["./docs/guide.md", 'path "pkg/docs/guide.md"'],
  [":/docs/guide.md", 'path "docs/guide.md"'],
  [":/docs/*.md", 'glob "docs" "*.md"'],
  ["/repo/docs/", 'path "docs"'],
  ["/repo/pkg/src/", 'path "pkg/src"'],
  ["/link/pkg/src/*.ts", 'glob "pkg/src" "*.ts"'],
  ["/link/pkg", 'path "pkg"'],
  ["~/pkg/src", 'path "pkg/src"'],
  ["docs/guide.md", 'refused: ":/docs/guide.md" "./docs/guide.md"'],
  ["docs", 'refused: ":/docs" "./docs"'],
  ["docs/*.md", 'refused: ":/docs/*.md" "./docs/*.md"'],
  ["docs/new.md (NEW)", 'refused: ":/docs/new.md" "./docs/new.md"'],
  ["pkg/src/", 'refused: ":/pkg/src/" "./pkg/src/"'],
  ["!docs", 'refused: ":/docs" "./docs"'],
  ["/link/docs", "outside"],
  ["/link/pkg2", "outside"],
];

for (const [text, is] of BELOW) {
  Deno.test(`with WORKDIR below the root, the entry ${JSON.stringify(text)} is ${is}`, async () => {
    const world = machine({
      paths: ["/repo/pkg/src/a.ts", "/repo/pkg/both/a", "/repo/both/b", "/repo/docs/guide.md"],
      home: "/link",
      places: { "/link/pkg": { kind: "found", workdir: "/repo/pkg", root: "/repo" } },
    });
    const blocks = { "WORKDIR": "WORKDIR: /link/pkg", "WRITE SCOPE": `WRITE SCOPE:\n- ${text}\n- one` };
    const check = await checkPacket(packetText(blocks), world);
    const meant = /^refused: (".*") (".*")$/.exec(is)?.slice(1);
    if (meant) {
      assert.equal(
        refused(check, [...meant, "would fit only from the repository's root"]).code,
        "scope-from-root",
      );
    } else if (is === "outside") {
      assert.equal(refused(check, ["leaves the repository"]).code, "scope-outside");
    } else assert.deepEqual(accepted(check).scope.map(showEntry), [is, 'path "pkg/one"']);
  });
}

Deno.test("a WORKDIR with the marks of a glob in its name is that very folder", async () => {
  const blocks = {
    "WORKDIR": "WORKDIR: /repo/app/[slug]/{a,b}",
    "WRITE SCOPE": "WRITE SCOPE:\n- *.tsx\n- page.tsx",
  };
  const world = machine({
    paths: ["/repo/app/[slug]/{a,b}/page.tsx"],
    places: {
      "/repo/app/[slug]/{a,b}": { kind: "found", workdir: "/repo/app/[slug]/{a,b}", root: "/repo" },
    },
  });
  assert.deepEqual(accepted(await checkPacket(packetText(blocks), world)).scope.map(showEntry), [
    'glob "app/[slug]/{a,b}" "*.tsx"',
    'path "app/[slug]/{a,b}/page.tsx"',
  ]);
});

Deno.test("whatever text stands for an entry, it is refused or lies in the repository and can be compiled", () => {
  const pieces = fc.constantFrom(
    ..."*?[]{},!^-/.\\az `'\"()~:",
    "**",
    "..",
    "[a-",
    "{a,",
    "-z]",
    "/repo",
    ".git",
    "😀",
  );
  const texts = fc.array(pieces, { minLength: 1, maxLength: 14 }).map((all) => all.join(""));
  const place = { root: "/repo", workdir: "/repo/a", workdirAsGiven: "/repo/a", home: "/home/me" };
  fc.assert(
    fc.property(texts, fc.boolean(), fc.boolean(), (text, literal, someStand) => {
      const exists = (path: string): boolean => someStand && path.length % 3 === 0;
      const read = readScopeEntry({ text, line: 1, literal, marked: true }, { ...place, exists });
      if ("problem" in read) return assert.ok(read.problem.message.length > 0);
      const { entry } = read;
      const parts = (entry.kind === "path" ? entry.path : `${entry.base}/${entry.glob}`).split("/");
      assert.ok(!parts.includes(".."), text);
      assert.ok(!parts.includes(".git"), text);
      assert.equal(typeof compileScope([entry])("a/b"), "boolean");
    }),
    { seed: 1, numRuns: 20_000 },
  );
});
