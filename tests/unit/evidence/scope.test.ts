import assert from "node:assert/strict";
import fc from "fast-check";
import { compileScope } from "../../../lib/evidence/scope.ts";
import { decodePath } from "../../../lib/base/tree_path.ts";
import {
  type GlobEntry,
  readScopeEntry,
  type ScopeEntry,
  writtenOut,
} from "../../../lib/packet/scope_entry.ts";

/** Entries as a packet would have them, in a repository where nothing stands. */
function entries(texts: readonly string[]): ScopeEntry[] {
  const place = { root: "/r", workdir: "/r", workdirAsGiven: "/r", home: undefined, exists: () => false };
  return texts.map((text) => {
    const read = readScopeEntry({ text, line: 1, literal: false, marked: true }, place);
    assert.ok("entry" in read, JSON.stringify(read));
    return read.entry;
  });
}

interface Case {
  readonly scope: readonly string[];
  readonly grants: readonly string[];
  readonly not: readonly string[];
}

const PLAIN: readonly Case[] = [
  { scope: [], grants: [], not: ["a", "src/a"] },
  { scope: ["."], grants: ["a", ".env", "src/a", ".github/a"], not: [] },
  {
    scope: ["src"],
    grants: ["src", "src/a", "src/.a", "src/a/b/c"],
    not: ["src2/a", "src2", "sr", "SRC/a", "a/src/b", "src.ts", "srcs"],
  },
  { scope: ["src/a.ts"], grants: ["src/a.ts", "src/a.ts/b"], not: ["src/a.tsx", "src/a", "src", "src/A.ts"] },
  { scope: [".env"], grants: [".env", ".env/a"], not: ["env", "env/a", ".envrc", "a/.env"] },
  { scope: ["github/"], grants: ["github/a"], not: [".github/a", ".github/workflows/ci.yml"] },
  { scope: ["a", "b/c"], grants: ["a/x", "b/c"], not: ["b", "b/d", "c"] },
];

const STARS: readonly Case[] = [
  {
    scope: ["*"],
    grants: ["a", ".a", "a b", "-", "a.b.c", "*", "\n"],
    not: ["a/b", ".github/a", "a/"],
  },
  { scope: ["*.ts"], grants: ["a.ts", ".ts", ".a.ts", "a.ts/b"], not: ["a.tsx", "src/a.ts", "ats", "a.TS"] },
  { scope: ["src/*"], grants: ["src/a", "src/.a"], not: ["src", "src/a/b", "src2/a", "src/.git/a"] },
  { scope: ["src/*/"], grants: ["src/a/b", "src/.a/b/c"], not: ["src", "src2/a/b"] },
  { scope: ["src/?"], grants: ["src/a", "src/.", "src/😀"], not: ["src/ab", "src/a/b", "src/"] },
  { scope: ["src/*?"], grants: ["src/a", "src/ab"], not: ["src/a/b"] },
  { scope: ["pkg*"], grants: ["pkg", "pkg1", "pkg/a", "pkg-b/c/d", "pkg.ts"], not: ["a/pkg", "pk", "Pkg/a"] },
  { scope: ["pkg*/"], grants: ["pkg/a", "pkg1/a/b"], not: ["a/pkg/b", "pk/a"] },
  { scope: ["*/test"], grants: ["a/test", "a/test/b/c", ".a/test"], not: ["test", "a/b/test", "a/tests"] },
  { scope: ["a*b*c"], grants: ["abc", "axbyc", "abbc", "abc/d"], not: ["ab", "axc", "a/bc"] },
  { scope: ["src/*/x.ts"], grants: ["src/a/x.ts", "src/.a/x.ts"], not: ["src/x.ts", "src/a/b/x.ts"] },
  { scope: [".*"], grants: [".a", ".env", ".github/a"], not: ["a", "a/.b"] },
  { scope: ["*."], grants: ["a.", "..."], not: ["a", "a.b"] },
];

const DOUBLE_STARS: readonly Case[] = [
  { scope: ["**"], grants: ["a", ".a", "a/b", ".a/.b/c"], not: [] },
  { scope: ["**/"], grants: ["a/b", ".a/b/c"], not: [] },
  { scope: ["**/*"], grants: ["a", "a/b/.c"], not: [] },
  {
    scope: ["**/a.ts"],
    grants: ["a.ts", "b/a.ts", "b/c/.d/a.ts", "b/a.ts/c"],
    not: ["ba.ts", "b/ba.ts", "a.ts2", "b/a.tsx"],
  },
  {
    scope: ["src/**"],
    grants: ["src/a", "src/.a", "src/a/b/c", "src/\n/a"],
    not: ["src", "src2/a", "a/src/b", "srcs/a"],
  },
  { scope: ["src/**/*"], grants: ["src/a", "src/a/b"], not: ["src"] },
  { scope: ["src/**/*.ts"], grants: ["src/a.ts", "src/b/c/a.ts"], not: ["src/a", "a.ts", "src.ts"] },
  {
    scope: ["src/**/test"],
    grants: ["src/test", "src/a/b/test", "src/a/test/b"],
    not: ["test", "src/tests"],
  },
  { scope: ["a/**/b/**/c"], grants: ["a/b/c", "a/x/b/y/z/c"], not: ["a/c", "a/b", "b/c", "a/bc"] },
  { scope: ["**/gen/**"], grants: ["gen/a", "x/gen/a/b"], not: ["gen", "x/gen", "regen/a"] },
  // Only a whole part crosses folders.
  { scope: ["a**"], grants: ["a", "ab", "ab/c"], not: ["b", "x/a"] },
  { scope: ["**a"], grants: ["a", "ba", "ba/c"], not: ["b/a", "ab"] },
  { scope: ["a**/b"], grants: ["a/b", "ax/b/c"], not: ["a/x/b", "ax/y/b"] },
  { scope: ["***"], grants: ["a", ".a"], not: ["a/b"] },
];

const SETS: readonly Case[] = [
  { scope: ["{a,b}"], grants: ["a", "b/c"], not: ["c", "{a,b}", "ab"] },
  { scope: ["{a,b}.ts"], grants: ["a.ts", "b.ts"], not: ["a", "ab.ts"] },
  { scope: ["{src,lib/a}/x"], grants: ["src/x", "lib/a/x/y"], not: ["lib/x", "src/a/x", "lib/a"] },
  { scope: ["{src,lib/a}"], grants: ["src/x", "lib/a"], not: ["lib", "lib/b"] },
  {
    scope: ["{src,{docs,lib/a}/b}/x"],
    grants: ["src/x", "docs/b/x", "lib/a/b/x/y"],
    not: ["docs/x", "lib/a/x", "b/x", "{src,docs/b}/x"],
  },
  { scope: ["{{a,b},c}{1,{2,3}}"], grants: ["a1", "b2", "c3"], not: ["a", "ab", "a23"] },
  { scope: ["a{,b}.ts"], grants: ["a.ts", "ab.ts"], not: ["b.ts"] },
  { scope: ["{,a/}b"], grants: ["b", "a/b"], not: ["a", "c/b"] },
  { scope: ["{a,b}{c,d}"], grants: ["ac", "ad", "bc", "bd"], not: ["a", "ab", "cd"] },
  { scope: ["{*.ts,b?}"], grants: ["x.ts", "bc"], not: ["b", "x.js"] },
  { scope: ["src/{*,a}"], grants: ["src/x", "src/a/b"], not: ["src/x/y"] },
  { scope: ["{**/a,b}/c"], grants: ["a/c", "x/y/a/c", "b/c"], not: ["x/b/c"] },
  { scope: ["{a..c}*"], grants: ["{a..c}", "{a..c}x"], not: ["a", "b", "bx"] },
  { scope: ["{1..3}.*"], grants: ["{1..3}.ts"], not: ["1.ts", "2.ts"] },
  { scope: ["{a..c,d}"], grants: ["a..c", "d"], not: ["a", "b"] },
  { scope: ["{a}*"], grants: ["{a}", "{a}b"], not: ["a", "ab"] },
  { scope: ["a{*"], grants: ["a{", "a{b"], not: ["a"] },
  { scope: ["a}*"], grants: ["a}", "a}b"], not: ["a"] },
];

const CLASSES: readonly Case[] = [
  { scope: ["[ab].ts"], grants: ["a.ts", "b.ts"], not: ["c.ts", "ab.ts", ".ts", "A.ts"] },
  { scope: ["[a-c]"], grants: ["a", "b/x", "c"], not: ["d", "-", "ab"] },
  { scope: ["[^ab]"], grants: ["c", "^", ".", "😀"], not: ["a", "b", "cd"] },
  { scope: ["a[^b]c"], grants: ["axc"], not: ["abc", "a/c"] },
  { scope: ["a[.-0]c"], grants: ["a.c", "a0c"], not: ["a/c"] },
  { scope: ["[-a]"], grants: ["-", "a"], not: ["b"] },
  { scope: ["[a-]"], grants: ["-", "a"], not: ["b"] },
  { scope: ["[a^]"], grants: ["a", "^"], not: ["b"] },
  { scope: ["[^^]"], grants: ["a"], not: ["^"] },
  { scope: ["[[]"], grants: ["["], not: ["a"] },
  { scope: ["[*?]"], grants: ["*", "?"], not: ["a"] },
  { scope: ["[.]"], grants: ["."], not: ["a"] },
  { scope: ["[$()|+]"], grants: ["$", "(", ")", "|", "+"], not: ["a"] },
  { scope: ["`[\\d]`"], grants: ["\\", "d"], not: ["1"] },
  { scope: ["[é]"], grants: ["\u00e9"], not: ["e", "e\u0301"] },
  { scope: ["[😀-😂]"], grants: ["😀", "😁"], not: ["😃", "\ud83d", "\ude00"] },
  { scope: ["[]*"], grants: ["[]", "[]a"], not: ["", "a"] },
  { scope: ["[a/b]*"], grants: ["[a/b]", "[a/b]c"], not: ["a", "b"] },
  {
    scope: ["app/[slug]/page.tsx"],
    grants: ["app/[slug]/page.tsx", "app/s/page.tsx"],
    not: ["app/slug/page.tsx"],
  },
  {
    scope: ["app/[...all]/*"],
    grants: ["app/[...all]/a", "app/./a"],
    not: ["app/[all]/a", "app/[...all]/a/b"],
  },
];

const THEMSELVES: readonly Case[] = [
  ...[
    "(group)",
    "!a",
    "a!",
    "+a",
    "@a",
    "a|b",
    "^a",
    "a$",
    "a.b",
    "#a",
    "~a",
    "'a'",
    '"a"',
    "a;b",
    "a&b",
    "%a",
  ].map(
    (name): Case => ({
      scope: [`x/${name}*`],
      grants: [`x/${name}`, `x/${name}z`, `x/${name}/y`],
      not: ["x/a", "x/", "x/b", "x/aa", "x/axb", "x/group"],
    }),
  ),
  { scope: ["@(a|b)*"], grants: ["@(a|b)", "@(a|b)c"], not: ["a", "b", "ac"] },
  { scope: ["+(a)*"], grants: ["+(a)"], not: ["a", "aa"] },
  { scope: ["x/!(a)*"], grants: ["x/!(a)b"], not: ["x/b", "x/!b"] },
  { scope: ["?(a)"], grants: ["x(a)"], not: ["a", "(a)", "xa"] },
  { scope: ["*(a)"], grants: ["(a)", "b(a)"], not: ["a", "aa"] },
  { scope: ["`a\\b*`"], grants: ["a\\b", "a\\bc"], not: ["ab", "a/b"] },
  { scope: ["`a\\*`"], grants: ["a\\", "a\\b"], not: ["a*"] },
  { scope: ["a.*"], grants: ["a.b", "a."], not: ["ab", "a"] },
  { scope: ["a b*"], grants: ["a b", "a bc"], not: ["ab"] },
];

const NAMES: readonly Case[] = [
  // A line feed and its like are characters.
  { scope: ["a*b"], grants: ["a\nb", "a\r\nb", "a\u2028b", "a\u0000b"], not: ["a\n/b"] },
  { scope: ["a?b"], grants: ["a\nb", "a\u2029b"], not: ["a\r\nb"] },
  { scope: ["src/**"], grants: ["src/\n", "src/a\nb/c"], not: ["\nsrc/a", "src\n/a"] },
  // One character outside the basic plane is one.
  { scope: ["a?b"], grants: ["a😀b", "a𝒳b"], not: ["a😀😀b"] },
  { scope: ["??"], grants: ["😀😀", "a😀"], not: ["😀"] },
  { scope: ["😀*"], grants: ["😀", "😀a"], not: ["\ud83d", "😁"] },
  // So is one byte that is not UTF-8.
  {
    scope: ["a?b"],
    grants: [decodePath(Uint8Array.of(0x61, 0xff, 0x62))],
    not: [decodePath(Uint8Array.of(0x61, 0xff, 0xfe, 0x62))],
  },
  { scope: ["a*"], grants: [decodePath(Uint8Array.of(0x61, 0x80, 0x2f, 0x81))], not: ["\udc80"] },
  { scope: ["src"], grants: [decodePath(Uint8Array.of(0x73, 0x72, 0x63, 0x2f, 0xff))], not: ["src\udcff"] },
  { scope: ["[^a]"], grants: ["\udcff"], not: ["\udcff\udcff"] },
  // Bytes are compared, in no normal form and with no folding of case.
  { scope: ["\u00e9"], grants: ["\u00e9", "\u00e9/a"], not: ["e\u0301", "e", "\u00c9"] },
  { scope: ["e\u0301*"], grants: ["e\u0301a"], not: ["\u00e9a"] },
  { scope: ["\u00e9*"], grants: ["\u00e9a"], not: ["e\u0301a", "\u00c9a"] },
  { scope: ["?"], grants: ["\u00e9"], not: ["e\u0301"] },
  { scope: ["SRC/*"], grants: ["SRC/a"], not: ["src/a"] },
  { scope: ["stra\u00dfe*", "\u0130*", "\u212a*"], grants: ["\u212a"], not: ["strasse", "i", "k", "K"] },
];

const NEGATED: readonly Case[] = [
  { scope: ["src", "!src/gen"], grants: ["src/a", "src/gen2/a"], not: ["src/gen", "src/gen/a"] },
  { scope: ["!src/gen", "src"], grants: ["src/a"], not: ["src/gen/a"] },
  { scope: ["src", "!src/gen", "src/gen/keep"], grants: ["src/a"], not: ["src/gen/keep"] },
  { scope: [".", "!**/*.snap"], grants: ["a.ts"], not: ["a.snap", "x/y.snap", "x/y.snap/z"] },
  // What takes away, takes away all below, also where wildcards alone would grant nothing there.
  { scope: ["src", "!src/*"], grants: ["src"], not: ["src/a", "src/a/b"] },
  { scope: ["src", "!src/**"], grants: ["src"], not: ["src/a", "src/a/b"] },
  { scope: [".", "!*"], grants: [], not: ["a", "a/b"] },
  { scope: [".", "!{a,b/c}"], grants: ["b/d"], not: ["a/x", "b/c", "b/c/d"] },
  { scope: ["!a"], grants: [], not: ["a", "b"] },
  { scope: ["a", "!a"], grants: [], not: ["a", "a/b"] },
];

const TABLES = { PLAIN, STARS, DOUBLE_STARS, SETS, CLASSES, THEMSELVES, NAMES, NEGATED };

for (const [title, table] of Object.entries(TABLES)) {
  for (const { scope, grants, not } of table) {
    const about = title.toLowerCase().replace("_", " ");
    Deno.test(`of ${about}: ${JSON.stringify(scope)} grants ${JSON.stringify(grants)} and no other`, () => {
      const inScope = compileScope(entries(scope));
      assert.deepEqual(grants.filter((path) => !inScope(path)), []);
      assert.deepEqual(not.filter((path) => inScope(path)), []);
    });
  }
}

/** Of files alone, by globs that name folders. */
const NO_FOLDERS: readonly Case[] = [
  { scope: ["pkg*/"], grants: ["pkg/a", "pkg1/a/b"], not: ["pkg", "pkg1", "pkg.md"] },
  { scope: ["src/*/"], grants: ["src/a/b"], not: ["src/a"] },
  { scope: ["{src,docs}/"], grants: ["src/a"], not: ["src", "docs"] },
  { scope: ["{src/,docs}"], grants: ["src/a", "docs"], not: ["src"] },
  { scope: ["**/gen/"], grants: ["gen/a", "x/gen/a"], not: ["gen", "x/gen"] },
  { scope: ["src/**/"], grants: ["src/a", "src/a/b"], not: ["src"] },
  { scope: ["src", "!src/gen*/"], grants: ["src/gen.ts", "src/a"], not: ["src/gen/a"] },
  { scope: ["src/"], grants: ["src", "src/a"], not: ["srcs"] },
];

for (const { scope, grants, not } of NO_FOLDERS) {
  Deno.test(`of what is no folder ${JSON.stringify(scope)} grants ${JSON.stringify(grants)} and not ${JSON.stringify(not)}`, () => {
    const inScope = compileScope(entries(scope));
    assert.deepEqual(grants.filter((path) => !inScope(path, true)), []);
    assert.deepEqual(not.filter((path) => inScope(path, true)), []);
  });
}

/** Names of folders in which every mark of a glob or of an expression means itself. */
const BASES = [
  "app/[slug]",
  "a*b",
  "{a,b}",
  "a?",
  "(a|b)",
  "a.b",
  "a+",
  "^$",
  "[a-z]/[^b]",
  "**",
  "\\d",
  "a\nb",
];

for (const base of BASES) {
  Deno.test(`a glob below the folder ${JSON.stringify(base)} is below that very folder`, () => {
    const glob: GlobEntry = { kind: "glob", text: "", negated: false, base, glob: "*.ts", folder: false };
    const path: ScopeEntry = { kind: "path", text: "", negated: false, path: base };
    const others = ["app/s", "app/l", "axb", "a", "b", "ab", "a.", "axb", "aa", "", "d/a", "c", "1", "a/b"];
    for (const [entry, name] of [[glob, "x.ts"], [path, "x.ts"]] as const) {
      const inScope = compileScope([entry]);
      assert.ok(inScope(`${base}/${name}`));
      assert.deepEqual(others.filter((other) => inScope(`${other}/${name}`)), []);
    }
    assert.ok(!compileScope([glob])(`${base}/a/x.ts`));
    assert.ok(!compileScope([glob])(base));
  });
}

/** The contract's globs read another way: braces written out, then part by part and character by character. */
function fits(entry: GlobEntry, path: string): boolean {
  const brace = /\{([^{}]*,[^{}]*)\}/.exec(entry.glob);
  if (brace) {
    const [all, inside = ""] = brace;
    const [before, after] = [entry.glob.slice(0, brace.index), entry.glob.slice(brace.index + all.length)];
    return inside.split(",").some((one) => fits({ ...entry, glob: before + one + after }, path));
  }
  const globParts = entry.glob.split("/").filter((part) => part !== "" && part !== ".");
  const parts = path.split("/");
  const below = entry.folder || entry.negated || !/(^|\/)[*?]+$/.test(entry.glob);
  return parts.some((_, index) =>
    (below || index === parts.length - 1) && partsFit(globParts, parts.slice(0, index + 1))
  );
}

function partsFit([glob, ...globs]: readonly string[], parts: readonly string[]): boolean {
  if (glob === undefined) return parts.length === 0;
  if (glob === "**") {
    if (globs.length === 0) return parts.length > 0;
    return parts.some((_, index) => partsFit(globs, parts.slice(index)));
  }
  const [part, ...rest] = parts;
  return part !== undefined && partsFit(globs, rest) &&
    (part === glob || nameFits(glob.match(/\*|\[\^?[^\]]+\]|./gsu) ?? [], [...part]));
}

function nameFits([mark, ...marks]: readonly string[], letters: readonly string[]): boolean {
  if (mark === undefined) return letters.length === 0;
  if (mark === "*") return letters.concat("").some((_, index) => nameFits(marks, letters.slice(index)));
  const [letter, ...rest] = letters;
  if (letter === undefined || !nameFits(marks, rest)) return false;
  const members = [...mark].slice(1, -1);
  return members.length > 0 ? classHolds(members, letter) : mark === "?" || mark === letter;
}

function classHolds(members: readonly string[], letter: string): boolean {
  if (members[0] === "^" && members.length > 1) return !classHolds(members.slice(1), letter);
  const code = (text = ""): number => text.codePointAt(0) ?? 0;
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    const to = isRange ? members[at + 2] : members[at];
    if (code(letter) >= code(members[at]) && code(letter) <= code(to)) return true;
    if (isRange) at += 2;
  }
  return false;
}

Deno.test("a scope agrees with another reading of the same globs", () => {
  const marks = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("*", "**", "?", "a", "b", "src", ".", "/", "/", "/**/", "**/") },
    fc.constantFrom(
      "[ab]",
      "[^a]",
      "[a-c]",
      "[.-0]",
      "[A-C-E]",
      "[-a]",
      "[a-]",
      "[^^]",
      "[[]",
      "[.]",
      "[😀]",
      "[$^]",
    ),
    fc.constantFrom(
      "{a,b}",
      "{,a}",
      "{src,a/b}",
      "{a*,b}",
      "{**/a,b}",
      "{a/**,b}",
      "{a..b,c}",
      "{a..b}",
      "{1..3}",
    ),
    fc.constantFrom(..."'\"()!+@|^$.{};,:~#-é😀\udc80\u2028]["),
    fc.constantFrom("@(a)", "!(a)", "(a|b)", "\\", "\\d", "[]", "a..b", "..x"),
  );
  const tidy = (text: string): string => text.replace(/\/+/g, "/").replace(/^\/|\/$/g, "");
  const globs = fc.array(marks, { minLength: 1, maxLength: 5 }).map((all) => tidy(all.join("")))
    // A comma or a brace in a class is nobody's need, and a packet cannot bring a range that runs backwards.
    .filter((glob) => glob !== "" && !/\[[^\]]*[,{}[/][^\]]*\]/.test(glob.replace("[[]", "")));
  const letters = fc.constantFrom(..."ab.x1///'\"()!+@|^$\\{},-é😀\udc80\n\u2028[]:", "src", "..");
  const paths = fc.array(letters, { minLength: 1, maxLength: 7 }).map((all) => tidy(all.join(""))).filter(
    Boolean,
  );
  fc.assert(
    fc.property(
      globs,
      fc.array(paths, { minLength: 1 }),
      fc.boolean(),
      fc.boolean(),
      (glob, some, folder, negated) => {
        // A packet cannot bring an alternative that names nothing.
        fc.pre(writtenOut(glob).every((one) => one.split("/").some((part) => part !== "" && part !== ".")));
        const entry: GlobEntry = { kind: "glob", text: glob, negated, base: "", glob, folder };
        const whole: ScopeEntry = { kind: "path", text: ".", negated: false, path: "" };
        const inScope = compileScope(negated ? [entry, whole] : [entry]);
        // Paths made of the glob itself fit it more often than others.
        const likely = tidy(
          glob.replaceAll("**", "a/b").replace(/\{([^{},]*),[^{}]*\}/g, "$1").replace(/[*?]/g, "a"),
        );
        for (const path of [...some, likely, glob].filter(Boolean)) {
          assert.equal(inScope(path), fits(entry, path) !== negated, `${glob} and ${path}`);
        }
      },
    ),
    { seed: 1, numRuns: 20_000 },
  );
});

Deno.test("no file name keeps a glob of many stars busy", () => {
  const inScope = compileScope(
    entries(["a*".repeat(40) + "b", "**/a/".repeat(40) + "b", "{a*,**/a*}".repeat(8) + "b"]),
  );
  for (const path of ["a".repeat(4096), "a/".repeat(2048) + "a", `${"a".repeat(255)}/`.repeat(16) + "a"]) {
    assert.equal(inScope(path), false);
  }
});
