import assert from "node:assert/strict";
import { join } from "node:path";
import { brokenSeals, digestFolder } from "../../../lib/records/folder_digests.ts";
import { withFolder } from "../../helpers/with_folder.ts";

/** A byte in the middle of a file, so that its size stays. */
async function flip(file: string, at: number): Promise<void> {
  using opened = await Deno.open(file, { write: true });
  await opened.seek(at, Deno.SeekMode.Start);
  await opened.write(new Uint8Array([1]));
}

Deno.test("a byte that is changed in a large patch is seen", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "changes.patch");
    await Deno.writeFile(file, new Uint8Array(0));
    await Deno.truncate(file, 64 * 1024 * 1024 + 2);
    const sealed = await digestFolder(folder);
    await flip(file, 1000);
    assert.deepEqual(brokenSeals(sealed, await digestFolder(folder)), ["changes.patch was changed"]);
  });
});

Deno.test("a file without end in an artifact's place is not read to its end", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "changes.patch");
    await Deno.writeTextFile(file, "diff");
    const sealed = await digestFolder(folder);
    await Deno.truncate(file, 2 ** 40);
    assert.deepEqual(brokenSeals(sealed, await digestFolder(folder)), ["changes.patch was changed"]);
  });
});
