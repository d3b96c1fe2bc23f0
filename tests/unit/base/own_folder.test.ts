import assert from "node:assert/strict";
import { openOwnFolder } from "../../../lib/base/own_folder.ts";

/** | what stands there | shell commands, for `$1` | what it holds afterwards */
const STANDS: readonly (readonly [string, string, readonly string[]])[] = [
  ["nothing", ":", []],
  ["the folder", 'mkdir "$1"; touch "$1/file"', ["file"]],
  ["the folder, shut", 'mkdir "$1"; touch "$1/file"; chmod 0 "$1"', ["file"]],
  ["a file", 'touch "$1"', []],
  ["a link to another folder", 'ln -s "${1%/*}/victim" "$1"', []],
  ["a link to nowhere", 'ln -s /nowhere "$1"', []],
];

for (const [what, make, holds] of STANDS) {
  Deno.test(`where ${what} stands, a folder of our own is made sure of, and nothing else is touched`, async () => {
    const base = await Deno.makeTempDir();
    await Deno.mkdir(`${base}/victim`);
    await Deno.writeTextFile(`${base}/victim/file`, "");
    const folder = `${base}/folder`;
    await new Deno.Command("sh", { args: ["-c", make, "sh", folder] }).output();
    openOwnFolder(folder);
    const { isDirectory, mode } = await Deno.lstat(folder);
    assert.deepEqual([isDirectory, (mode ?? 0) & 0o700], [true, 0o700]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), holds);
    assert.ok(await Deno.lstat(`${base}/victim/file`));
    await Deno.remove(base, { recursive: true });
  });
}
