import assert from "node:assert/strict";
import { changedInIndex, hiddenInIndex, type IndexEntry } from "../../../lib/evidence/git_index.ts";

const [A, B] = ["a".repeat(40), "b".repeat(64)];
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
