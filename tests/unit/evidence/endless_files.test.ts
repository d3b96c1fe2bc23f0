import assert from "node:assert/strict";
import { makeRepository } from "../../helpers/repository.ts";
import { inside, Observation, shell } from "./observing.ts";

/** Without a block on the disk: to read a terabyte takes an hour. What git reads itself is only larger than such a file ever is. */
const [ENDLESS, TOO_LARGE] = [2 ** 40, 2 ** 27];

/** | a file that the run makes as large | | what is told of the tree | and of the repository | */
const FILES: readonly (readonly [string, number, readonly string[], readonly string[]])[] = [
  ["src/new", ENDLESS, ["src/new added"], []],
  ["src/untracked", ENDLESS, ["src/untracked modified"], []],
  ["ignored", ENDLESS, ["ignored added"], []],
  [".git/hooks/pre-commit", ENDLESS, [], [".git/hooks/pre-commit"]],
  [".git/packed-refs", TOO_LARGE, [], [".git/packed-refs"]],
];

for (const [file, size, changes, repository] of FILES) {
  Deno.test(`an endless file is told in no time, and does not hold up the next run: ${file}`, async () => {
    await using place = await makeRepository({ ".gitignore": "ignored\n", "src/one.txt": "one\n" });
    await shell(place, "echo mine > src/untracked; mkdir -p .git/hooks .git/objects/info");
    {
      await using observation = await Observation.of(place, async () => {
        await Deno.writeFile(inside(place, file), new Uint8Array(), { create: true });
        await Deno.truncate(inside(place, file), size);
      });
      await observation.patch();
      assert.deepEqual(observation.changes, changes);
      assert.deepEqual(observation.aftermath.repository.map((each) => each.path), repository);
    }
    // git itself would read these.
    if (file.startsWith(".git/")) return;
    await using again = await Observation.of(place, () => shell(place, "echo two > src/one.txt"));
    assert.deepEqual(again.changes, ["src/one.txt modified"]);
  });
}

Deno.test("a link or a pipe in the place of alternates is seen: git follows it", async () => {
  for (const make of ["ln -s /elsewhere", "mkfifo"]) {
    await using place = await makeRepository();
    await using observation = await Observation.of(
      place,
      () => shell(place, `mkdir -p .git/objects/info; ${make} .git/objects/info/alternates`),
    );
    assert.deepEqual(observation.aftermath.repository.map((each) => each.path), [
      ".git/objects/info/alternates",
    ], make);
  }
});
