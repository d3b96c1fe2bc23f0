import assert from "node:assert/strict";
import fc from "fast-check";
import { HeadAndTail } from "../../../lib/process/head_and_tail.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

Deno.test("what fits is kept whole", () => {
  const kept = new HeadAndTail(8);
  for (const part of ["abc", "defgh", "ij", "klmnop"]) kept.push(bytes(part));
  assert.equal(text(kept.bytes()), "abcdefghijklmnop");
});

Deno.test("of more, beginning and end are kept, and the number of bytes between is said", () => {
  const kept = new HeadAndTail(4);
  kept.push(bytes("aaaabbbbbbcccc"));
  assert.equal(text(kept.bytes()), "aaaa\n[codex-dispatch: 6 bytes left out here]\ncccc");
});

Deno.test("however a stream is cut into pieces, the same is kept of it", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (pieces) => {
      const inPieces = new HeadAndTail(16);
      const whole = new HeadAndTail(16);
      const all = new Uint8Array(pieces.flatMap((piece) => [...piece]));
      for (const piece of pieces) inPieces.push(piece);
      whole.push(all);
      assert.deepEqual(inPieces.bytes(), whole.bytes());
      const kept = inPieces.bytes();
      assert.deepEqual(kept.slice(0, Math.min(16, all.length)), all.slice(0, 16));
      if (all.length > 16) {
        assert.deepEqual(
          kept.slice(-Math.min(16, all.length - 16)),
          all.slice(-Math.min(16, all.length - 16)),
        );
      }
    }),
    { seed: 1 },
  );
});

Deno.test("the caller's buffer may be used again", () => {
  const kept = new HeadAndTail(4);
  const buffer = bytes("head");
  kept.push(buffer);
  buffer.set(bytes("tail"));
  kept.push(buffer);
  assert.equal(text(kept.bytes()), "headtail");
});
