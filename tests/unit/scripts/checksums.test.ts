import assert from "node:assert/strict";
import * as path from "node:path";
import { writeChecksums } from "../../../scripts/checksums.ts";

Deno.test("checksums are written in the form of sha256sum", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(path.join(folder, "a"), "abc");
    await Deno.writeTextFile(path.join(folder, "empty"), "");
    await writeChecksums(folder, ["a", "empty"]);
    // The digests are those of FIPS 180-2, appendix B.1, and of no bytes at all.
    assert.equal(
      await Deno.readTextFile(path.join(folder, "checksums.txt")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n" +
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty\n",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
