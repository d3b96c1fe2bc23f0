import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  blobId,
  fingerprint,
  hashFile,
  identify,
  isOfEndless,
  matchBlob,
  readText,
} from "../../../lib/evidence/content.ts";
import type { Walker } from "../../../lib/evidence/entry.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { concatBytes } from "../../../lib/base/bytes.ts";

/** Opened here and not in a test: the C library stays open. */
const walker = bestWalker();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const SHA1 = "0".repeat(40);
const SHA256 = "0".repeat(64);

/** A walker whose one file comes in these pieces; the piece is used again, as a walker may. */
function inPieces(...pieces: readonly Uint8Array[]): Walker {
  return {
    granularity: 0,
    walk: () => Promise.resolve(new Map()),
    read: (_root, _path, take) => {
      for (const piece of pieces) {
        const buffer = piece.slice();
        if (take(buffer) === false) return false;
        buffer.fill(0);
      }
      return true;
    },
  };
}

const unreadable: Walker = { ...inPieces(), read: () => false };

function match(pieces: readonly Uint8Array[], object: string): ReturnType<typeof matchBlob> {
  const size = concatBytes(pieces).length;
  return matchBlob(inPieces(...pieces), { root: "/", path: "file", size, object });
}

const MATCHES: readonly { file: string; blob: string; same: boolean; sameButForCr: boolean }[] = [
  { file: "", blob: "", same: true, sameButForCr: false },
  { file: "a\n", blob: "a\n", same: true, sameButForCr: false },
  { file: "a\r\nb\r\n", blob: "a\r\nb\r\n", same: true, sameButForCr: false },
  { file: "a\r\nb\r\n", blob: "a\nb\n", same: false, sameButForCr: true },
  { file: "a\r\nb", blob: "a\nb", same: false, sameButForCr: true },
  { file: "\r\n", blob: "\n", same: false, sameButForCr: true },
  { file: "a\rb\r\n", blob: "a\rb\n", same: false, sameButForCr: true },
  { file: "a\r\r\n", blob: "a\r\n", same: false, sameButForCr: true },
  { file: "a\r\nb\n", blob: "a\nb\n", same: false, sameButForCr: false },
  { file: "a\nb\n", blob: "a\r\nb\r\n", same: false, sameButForCr: false },
  { file: "a\r\nb\r\n", blob: "a\nc\n", same: false, sameButForCr: false },
  { file: "a\rb\r", blob: "ab", same: false, sameButForCr: false },
  { file: "ab", blob: "ac", same: false, sameButForCr: false },
];

for (const { file, blob, same, sameButForCr } of MATCHES) {
  const words = same ? "is" : sameButForCr ? "is, but for CR," : "is not";
  Deno.test(`a file of ${JSON.stringify(file)} ${words} the blob ${JSON.stringify(blob)}, however it is read`, () => {
    for (const like of [SHA1, SHA256]) {
      const object = blobId(bytes(blob), like);
      for (let cut = 0; cut <= file.length; cut++) {
        const pieces = [bytes(file.slice(0, cut)), bytes(file.slice(cut))];
        assert.deepEqual(match(pieces, object), { same, sameButForCr }, `cut at ${cut}`);
      }
    }
  });
}

Deno.test("for any bytes in any pieces, a file matches its own blob and, each LF made CRLF, that of its former self", () => {
  const letters = fc.constantFrom(0x61, 0x0a, 0x0d, 0xff);
  const pieces = fc.array(fc.array(letters, { maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(pieces, pieces, (file, other) => {
      const given = file.map((piece) => new Uint8Array(piece));
      const whole = concatBytes(given);
      assert.equal(match(given, blobId(whole, SHA1))?.same, true);
      const converted = given.map((piece) =>
        new Uint8Array([...piece].flatMap((byte) => byte === 0x0a ? [0x0d, 0x0a] : [byte]))
      );
      const hasLines = whole.includes(0x0a);
      assert.deepEqual(match(converted, blobId(whole, SHA256)), { same: !hasLines, sameButForCr: hasLines });
      const stranger = concatBytes(other.map((piece) => new Uint8Array(piece)));
      const told = match(given, blobId(stranger, SHA1));
      const text = (data: Uint8Array): string => String.fromCharCode(...data);
      const isFormer = text(whole) !== text(stranger) && /\n/.test(text(whole)) &&
        !/(^|[^\r])\n/.test(text(whole)) && text(whole).replaceAll("\r\n", "\n") === text(stranger);
      assert.deepEqual(told, { same: text(whole) === text(stranger), sameButForCr: isFormer });
    }),
    { seed: 3, numRuns: 500 },
  );
});

Deno.test("a blob's id is the one that git gives", () => {
  assert.equal(blobId(bytes("hello\n"), SHA1), "ce013625030ba8dba906f756967f9e9ca394464a");
  assert.equal(
    blobId(bytes("hello\n"), SHA256),
    "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4",
  );
});

Deno.test("a digest is SHA-256 of all pieces, and none where the file cannot be read", () => {
  assert.equal(
    hashFile(inPieces(bytes("a"), bytes("b")), "/", "f"),
    createHash("sha256").update("ab").digest("hex"),
  );
  assert.equal(hashFile(unreadable, "/", "f"), undefined);
  assert.equal(
    matchBlob(unreadable, { root: "/", path: "f", size: 0, object: blobId(bytes(""), SHA1) }),
    undefined,
  );
});

Deno.test("a letter that is cut in two between pieces is read whole", () => {
  const [first = 0, second = 0] = bytes("ü");
  assert.equal(readText(inPieces(new Uint8Array([first]), new Uint8Array([second])), "/", "f"), "ü");
  assert.equal(readText(inPieces(new Uint8Array([0xff])), "/", "f"), "\ufffd");
  assert.equal(readText(unreadable, "/", "f"), undefined);
});

Deno.test("a fingerprint tells a file, a link and nothing from each other", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${root}/file`, "text");
    await Deno.symlink("text", `${root}/link`);
    await Deno.mkdir(`${root}/folder`);
    const prints = ["file", "link", "folder", "missing"].map((path) => fingerprint(walker, root, path));
    assert.deepEqual(prints, [createHash("sha256").update("text").digest("hex"), "link to text", null, null]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

const STAT = { kind: "file", size: 1, inode: 2, mtime: 3, ctime: 4 } as const;
const PIECE = new Uint8Array(16 * 1024 * 1024);
/** A file that grows as long as it is read. */
const endless: Walker = {
  ...inPieces(),
  read: (_root, _path, take) => {
    for (let pieces = 0; pieces < 6; pieces++) if (take(PIECE) === false) return false;
    throw new Error("it is read on and on");
  },
};

const IDENTITIES: readonly { what: string; walker: Walker; stat?: object; is: RegExp; endless?: true }[] = [
  {
    what: "a file",
    walker: inPieces(bytes("a")),
    is: new RegExp(`^${createHash("sha256").update("a").digest("hex")}$`),
  },
  { what: "a file that cannot be read", walker: unreadable, is: /^unreadable$/ },
  { what: "a file that grows while it is read", walker: endless, is: /^unreadable$/ },
  {
    what: "a very large file, which is not read",
    walker: endless,
    stat: { size: 1e12 },
    is: /^1000000000000 bytes, .*2.* 3 4$/,
    endless: true,
  },
  { what: "a pipe", walker: endless, stat: { kind: "pipe" }, is: /^pipe$/, endless: true },
  { what: "a device", walker: endless, stat: { kind: "device" }, is: /^device$/, endless: true },
  { what: "a socket", walker: endless, stat: { kind: "socket" }, is: /^socket$/ },
];

for (const { what, walker: given, stat = {}, is, endless: mayBe = false } of IDENTITIES) {
  Deno.test(`what tells ${what} from another is ${is}`, () => {
    const identity = identify(given, { root: "/", path: "f", entry: { ...STAT, ...stat } });
    assert.match(identity, is);
    assert.equal(isOfEndless(identity), mayBe);
  });
}

Deno.test("of a text that has no end no more is read than of the largest", () => {
  assert.equal(readText(endless, "/", "f"), undefined);
});
