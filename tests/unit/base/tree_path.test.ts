import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePath, encodePath, foldersAbove, hasOddBytes, showPath } from "../../../lib/base/tree_path.ts";

/** Bytes, the path, and how it is shown. */
const PATHS: readonly [bytes: number[], path: string, shown: string][] = [
  [[], "", ""],
  [[0x61], "a", "a"],
  [[0xc3, 0xa9], "é", "é"],
  [[0x65, 0xcc, 0x81], "e\u0301", "e\u0301"],
  [[0xf0, 0x9f, 0x98, 0x80], "😀", "😀"],
  [[0xef, 0xbb, 0xbf, 0x61], "\uFEFFa", "\uFEFFa"],
  [[0xef, 0xbf, 0xbd], "\uFFFD", "\uFFFD"],
  [[0x22, 0x5c], '"\\', '"\\'],
  [[0xff], "\udcff", '"\\377"'],
  [[0x80], "\udc80", '"\\200"'],
  [[0x61, 0x2f, 0xff, 0x2f, 0x62], "a/\udcff/b", '"a/\\377/b"'],
  // Latin-1, a sequence cut short, one over-long, a surrogate in UTF-8, one beyond the last character.
  [[0x63, 0x61, 0x66, 0xe9], "caf\udce9", '"caf\\351"'],
  [[0xe2, 0x82], "\udce2\udc82", '"\\342\\202"'],
  [[0xc0, 0xaf], "\udcc0\udcaf", '"\\300\\257"'],
  [[0xed, 0xa0, 0x80], "\udced\udca0\udc80", '"\\355\\240\\200"'],
  [[0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80", '"\\364\\220\\200\\200"'],
  // What is UTF-8 beside a byte that is not stays text, and is quoted with it.
  [[0xc3, 0xa9, 0xff], "é\udcff", '"\\303\\251\\377"'],
  [[0xff, 0xf0, 0x9f, 0x98, 0x80], "\udcff😀", '"\\377\\360\\237\\230\\200"'],
  [[0xf0, 0x9f, 0x98, 0x80, 0x80], "😀\udc80", '"\\360\\237\\230\\200\\200"'],
  [[0xff, 0x22, 0x5c, 0x20, 0x7e], '\udcff"\\ ~', '"\\377\\"\\\\ ~"'],
];

for (const [bytes, path, shown] of PATHS) {
  Deno.test(`the bytes ${bytes.map((byte) => byte.toString(16)).join(" ")} are the path ${shown}`, () => {
    assert.equal(decodePath(Uint8Array.from(bytes)), path);
    assert.deepEqual([...encodePath(path)], bytes);
    assert.equal(showPath(path), shown);
    assert.equal(hasOddBytes(path), shown !== path);
  });
}

/** Bytes as names have them, valid and broken sequences close together. */
const NAMES = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(
    fc.constantFrom(0x61, 0x2f, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xff, 0x00),
    {
      maxLength: 20,
    },
  ).map((bytes) => Uint8Array.from(bytes)),
);

Deno.test("a path loses nothing of the bytes, whatever they are", () => {
  fc.assert(
    fc.property(NAMES, (bytes) => {
      assert.deepEqual([...encodePath(decodePath(bytes))], [...bytes]);
    }),
    { seed: 1, numRuns: 20_000 },
  );
});

Deno.test("two paths are equal only where the bytes are", () => {
  fc.assert(
    fc.property(NAMES, NAMES, (one, other) => {
      assert.equal(decodePath(one) === decodePath(other), one.join() === other.join());
    }),
    { seed: 1, numRuns: 20_000 },
  );
});

Deno.test("a path has odd bytes exactly where the bytes are no UTF-8", () => {
  const isUtf8 = (bytes: Uint8Array): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(NAMES, (bytes) => assert.equal(hasOddBytes(decodePath(bytes)), !isUtf8(bytes))),
    { seed: 1, numRuns: 20_000 },
  );
});

Deno.test("a path is shown in well-formed text: as it is where it is UTF-8, in double quotes where it is not", () => {
  fc.assert(
    fc.property(NAMES, (bytes) => {
      const path = decodePath(bytes);
      const shown = showPath(path);
      assert.ok(shown.isWellFormed());
      if (hasOddBytes(path)) {
        assert.match(shown, /^"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\a-v]|\\[0-3][0-7]{2})*"$/);
      } else assert.equal(shown, path);
    }),
    { seed: 1, numRuns: 5000 },
  );
});

const FOLDERS: readonly [path: string, above: string[]][] = [
  ["", []],
  ["a", []],
  ["a/b", ["a"]],
  ["a/b/c", ["a/b", "a"]],
  ["a/b/", ["a/b", "a"]],
  ["\udcff/\n/a", ["\udcff/\n", "\udcff"]],
];

for (const [path, above] of FOLDERS) {
  Deno.test(`above ${JSON.stringify(path)} are ${JSON.stringify(above)}`, () => {
    assert.deepEqual([...foldersAbove(path)], above);
  });
}
