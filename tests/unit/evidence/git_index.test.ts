import assert from "node:assert/strict";
import {
  changedInIndex,
  hiddenInIndex,
  type IndexEntry,
  parseIndex,
} from "../../../lib/evidence/git_index.ts";
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

const entry = (more: Partial<IndexEntry> = {}): IndexEntry => ({
  tag: "H",
  mode: "100644",
  object: A,
  ...more,
});

const CHANGES: readonly {
  what: string;
  before: [string, IndexEntry][];
  after: [string, IndexEntry][];
  is: string[];
}[] = [
  { what: "nothing", before: [["a", entry()]], after: [["a", entry()]], is: [] },
  { what: "another content", before: [["a", entry()]], after: [["a", entry({ object: B })]], is: ["a"] },
  { what: "another mode", before: [["a", entry()]], after: [["a", entry({ mode: "100755" })]], is: ["a"] },
  { what: "a bit that hides", before: [["a", entry()]], after: [["a", entry({ tag: "S" })]], is: ["a"] },
  { what: "paths added and removed", before: [["b", entry()]], after: [["a", entry()]], is: ["a", "b"] },
  {
    what: "a conflict",
    before: [["a", entry()]],
    after: [["a\x002", entry()], ["a\x003", entry()]],
    is: ["a"],
  },
  {
    what: "another order",
    before: [["a", entry()], ["b", entry()]],
    after: [["b", entry()], ["a", entry()]],
    is: [],
  },
];

for (const { what, before, after, is } of CHANGES) {
  Deno.test(`of two indexes with ${what} between them, ${is.join(" and ") || "no path"} changed`, () => {
    assert.deepEqual(changedInIndex(new Map(before), new Map(after)), is);
  });
}

Deno.test("paths that the index hides since the run are told, and not those that it hid before, or shows again", () => {
  const before = new Map([["a", entry()], ["b", entry()], ["c", entry({ tag: "S" })], [
    "d",
    entry({ tag: "h" }),
  ]]);
  const after = new Map([
    ["a", entry({ tag: "h" })],
    ["b", entry({ tag: "S" })],
    ["c", entry({ tag: "S" })],
    ["d", entry()],
  ]);
  assert.deepEqual(hiddenInIndex(before, after), ["a", "b"]);
});
