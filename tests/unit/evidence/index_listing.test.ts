import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { IndexEntry } from "../../../lib/evidence/git_index.ts";
import { parseIndex } from "../../../lib/evidence/index_listing.ts";
import { pathsEndingIn, unusualIn } from "../../../lib/evidence/recorded_index.ts";
import { decodePath } from "../../../lib/base/tree_path.ts";

const [A, B] = ["a".repeat(40), "b".repeat(64)];
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const odd = (text: string): string => decodePath(bytes(text));

const LINES: readonly { line: string; path: string; entry: IndexEntry }[] = [
  { line: `H 100644 ${A} 0\tREADME.md`, path: "README.md", entry: { tag: "H", mode: "100644", object: A } },
  { line: `H 120000 ${B} 0\ta/b c`, path: "a/b c", entry: { tag: "H", mode: "120000", object: B } },
  { line: `h 100755 ${A} 0\tx`, path: "x", entry: { tag: "h", mode: "100755", object: A } },
  { line: `S 160000 ${A} 0\tsub`, path: "sub", entry: { tag: "S", mode: "160000", object: A } },
  {
    line: `H 100644 ${A} 0\ttab\tand\nline`,
    path: "tab\tand\nline",
    entry: { tag: "H", mode: "100644", object: A },
  },
  { line: `M 100644 ${A} 2\tours`, path: "ours\x002", entry: { tag: "M", mode: "100644", object: A } },
  { line: `H 100644 ${A} 0\tl\xe9g`, path: odd("l\xe9g"), entry: { tag: "H", mode: "100644", object: A } },
];

for (const { line, path, entry } of LINES) {
  Deno.test(`${JSON.stringify(line.replace(/[ab]{40,}/, "…"))} is the entry of ${JSON.stringify(path)}`, () => {
    assert.deepEqual([...parseIndex(bytes(`${line}\0`))], [[path, entry]]);
  });
}

Deno.test("an index has as many entries as lines, odd names or none", () => {
  const all = LINES.map(({ line }) => `${line}\0`).join("");
  assert.deepEqual([...parseIndex(bytes(all)).keys()], LINES.map(({ path }) => path));
  assert.equal(parseIndex(new Uint8Array(0)).size, 0);
});

const NAMES = [
  "a",
  "a.b",
  "a/b",
  "a b",
  "ab",
  ".gitattributes",
  "a/.gitattributes",
  "x.gitattributes",
  "\xe9",
  "\xff",
];

/** Records of an index, each as the bytes of its line. */
const RECORDS = fc.uniqueArray(
  fc.record({
    path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    tag: fc.constantFrom("H", "H", "H", "h", "S", "M"),
    mode: fc.constantFrom("100644", "100644", "100755", "120000", "160000"),
    stage: fc.constantFrom("0", "0", "0", "1", "2", "3"),
  }),
  { selector: ({ path, stage }) => `${path} ${stage}`, maxLength: 30 },
);

for (const order of ["in the order that git keeps", "in another order"]) {
  Deno.test(`a listing ${order} tells of each path what its lines say`, () => {
    fc.assert(fc.property(RECORDS, (records) => {
      const inOrder = records.toSorted((a, b) => `${a.path}\0${a.stage}` < `${b.path}\0${b.stage}` ? -1 : 1);
      const listed = order === "in another order" ? inOrder.toReversed() : inOrder;
      const index = parseIndex(
        bytes(listed.map(({ tag, mode, stage, path }) => `${tag} ${mode} ${A} ${stage}\t${path}\0`).join("")),
      );
      const expected = new Map(listed.map(({ path, tag, mode, stage }): [string, IndexEntry] => [
        stage === "0" ? odd(path) : `${odd(path)}\0${stage}`,
        { tag, mode, object: A },
      ]));
      assert.deepEqual([...index], [...expected]);
      assert.equal(index.size, expected.size);
      for (const path of [...expected.keys(), ...NAMES.map(odd), "", "zz", "a/"]) {
        assert.deepEqual(index.get(path), expected.get(path), path);
        assert.equal(index.has(path), expected.has(path), path);
      }
      assert.deepEqual(
        [...unusualIn(index)],
        [...expected].filter(([, { tag, mode }]) => tag !== "H" || mode === "160000"),
      );
      assert.deepEqual(
        new Set(pathsEndingIn(index, ".gitattributes").map((path) => path.split("\0")[0])),
        new Set(
          [...expected.keys()].map((path) => path.split("\0")[0]).filter((path) =>
            path?.endsWith(".gitattributes")
          ),
        ),
      );
    }));
  });
}
