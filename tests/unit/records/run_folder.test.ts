import assert from "node:assert/strict";
import { withFolder } from "../../helpers/with_folder.ts";
import { join } from "node:path";
import { aboutRun, placeRunFolder, removeWhole } from "../../../lib/records/run_folder.ts";
import { Reserve } from "../../../lib/records/reserve.ts";

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const fill = (text: string) => (fresh: string): void => Deno.writeTextFileSync(join(fresh, "file"), text);

Deno.test("a run directory appears with what it holds, and never takes one that is there", () =>
  withFolder(async (folder) => {
    const run = join(folder, "run");
    const seen: string[][] = [];
    await placeRunFolder(run, {
      fill: (fresh) => {
        seen.push(names(folder));
        fill("one")(fresh);
      },
      replace: false,
    });
    assert.deepEqual(seen, [[".new-run"]]);
    await assert.rejects(
      placeRunFolder(run, { fill: fill("two"), replace: false }),
      Deno.errors.AlreadyExists,
    );
    assert.deepEqual([names(folder), await Deno.readTextFile(join(run, "file"))], [["run"], "one"]);
    assert.equal(((await Deno.lstat(run)).mode ?? 0) & 0o777, 0o700);
  }));

/** | what stands in its place | shell commands, for `$1` | */
const STANDS: readonly (readonly [string, string])[] = [
  ["nothing", ":"],
  [
    "a folder with folders that are shut",
    'mkdir -p "$1/shut/in"; touch "$1/shut/f"; chmod 0 "$1/shut/in" "$1/shut"',
  ],
  ["a file", 'echo x >"$1"'],
  ["a link to a folder", 'ln -s "$1.victim" "$1"'],
  ["leftovers of another try", 'mkdir -p "$1" "${1%/run}/.new-run/x" "${1%/run}/.old-run/y"'],
];

for (const [what, make] of STANDS) {
  Deno.test(`a run directory is made anew where ${what} stands, and nothing else is touched`, () =>
    withFolder(async (folder) => {
      const run = join(folder, "run");
      await Deno.mkdir(`${run}.victim`);
      await Deno.writeTextFile(`${run}.victim/file`, "untouched");
      await new Deno.Command("sh", { args: ["-c", make, "sh", run] }).output();
      await placeRunFolder(run, { fill: fill("new"), replace: true });
      assert.deepEqual([names(folder), names(run)], [["run", "run.victim"], ["file"]]);
      assert.equal((await Deno.lstat(run)).isDirectory, true);
      assert.equal(await Deno.readTextFile(`${run}.victim/file`), "untouched");
    }));
}

Deno.test("a run directory that cannot be filled leaves nothing, and what stood there stands", () =>
  withFolder(async (folder) => {
    const run = join(folder, "run");
    await placeRunFolder(run, { fill: fill("one"), replace: false });
    const fails = (): void => {
      throw new Error("No space left");
    };
    await assert.rejects(placeRunFolder(run, { fill: fails, replace: true }), /No space left/);
    assert.deepEqual([names(folder), await Deno.readTextFile(join(run, "file"))], [["run"], "one"]);
  }));

Deno.test("names beside the run directories tell which run they are about", () => {
  assert.deepEqual([".new-a", ".old-b", ".new", "c", ".old-"].map(aboutRun), [
    "a",
    "b",
    undefined,
    undefined,
    "",
  ]);
});

Deno.test("what is removed whole may be missing", () =>
  withFolder((folder) => removeWhole(join(folder, "none"))));

Deno.test("room that is set aside has no name, and can be given back twice", () =>
  withFolder((folder) => {
    const room = new Reserve(folder);
    assert.deepEqual(names(folder), []);
    room.release();
    room.release();
    return Promise.resolve();
  }));
