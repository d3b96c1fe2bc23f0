import assert from "node:assert/strict";
import type { Walker } from "../../../lib/evidence/entry.ts";
import {
  changedOutside,
  linksLeadingOut,
  readOutside,
  readOutsideAgain,
} from "../../../lib/evidence/outside_links.ts";
import { bestWalker } from "../../../lib/evidence/walker.ts";
import { DispatchError } from "../../../lib/base/errors.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { inside, Observation, shell } from "./observing.ts";

const LINKS: readonly { lines: string; is: readonly string[] }[] = [
  { lines: "ln -s one.txt src/l", is: [] },
  { lines: "ln -s ../README.md src/l", is: [] },
  { lines: 'ln -s "$PWD/README.md" src/l', is: [] },
  { lines: "ln -s nowhere src/l", is: [] },
  { lines: "ln -s .. src/l", is: [] },
  { lines: "ln -s ../../home src/l", is: ["src/l"] },
  { lines: "ln -s ../../to-come src/l", is: ["src/l"] },
  { lines: "ln -s /to/come src/l", is: ["src/l"] },
  { lines: "ln -s ../../home src/l; git add src/l", is: ["src/l"] },
  { lines: "ln -s ../../home src/l; ln -s src/l chain", is: ["src/l"] },
  { lines: "ln -s ../../home src/l; echo l > .gitignore", is: [] },
  { lines: "mkdir ../'work tree too'; ln -s \"$PWD too\" src/l", is: ["src/l"] },
  { lines: "ln -s ../../home src/waived", is: [] },
];

for (const { lines, is } of LINKS) {
  Deno.test(`after "${lines}", ${is.join(" and ") || "no link"} leads out`, async () => {
    await using repository = await makeRepository();
    await shell(repository, lines);
    await using observation = await Observation.of(repository, () => Promise.resolve());
    const links = await linksLeadingOut({
      ...observation.baseline,
      isWaived: (path) => path === "src/waived",
    });
    assert.deepEqual(links, is);
  });
}

const BEHIND: readonly { what: string; before?: string; work: string; is: string | undefined }[] = [
  { what: "nothing done", work: ":", is: undefined },
  { what: "a file touched", work: "touch file", is: undefined },
  { what: "a file changed", work: "echo 2 > file", is: '"file" was changed' },
  { what: "a mode changed", work: "chmod +x file", is: '"file" was changed' },
  { what: "a file made", work: "mkdir -p deep; echo 1 > deep/new", is: '"deep" appeared' },
  { what: "a file removed", work: "rm file", is: '"file" was deleted' },
  { what: "a link turned", before: "ln -s a link", work: "ln -sfn b link", is: '"link" was changed' },
  { what: "the folder gone", work: "cd ..; rm -r behind", is: "its target was deleted" },
  { what: "an empty folder gone", before: "rm file", work: "rmdir ../behind", is: "its target was deleted" },
  {
    what: "a folder made where none was",
    before: "cd ..; rm -r behind",
    work: "mkdir ../behind",
    is: "its target appeared",
  },
  { what: "a file in its place", work: "cd ..; rm -r behind; echo 1 > behind", is: "its target was changed" },
  { what: "more than can be watched", work: "seq 1100 | xargs touch", is: "its target was changed" },
];

for (const { what, before, work, is } of BEHIND) {
  Deno.test(`with ${what} behind a link, ${is ?? "nothing"} is told`, async () => {
    await using repository = await makeRepository();
    const behind = { ...repository, root: inside(repository, "../behind") };
    await shell(repository, "mkdir ../behind; echo 1 > ../behind/file; ln -s ../../behind src/l");
    if (before) await shell(behind, before);
    const there = await Deno.stat(behind.root).then(
      () => behind,
      () => ({ ...repository, root: inside(repository, "src") }),
    );
    const elsewhere = there === behind ? work : work.replace("../behind", "../../behind");
    await using observation = await Observation.of(repository, () => shell(there, elsewhere));
    assert.deepEqual(observation.aftermath.outside, is === undefined ? [] : [{ link: "src/l", example: is }]);
  });
}

Deno.test("what is changed behind a link to a single file is told, and so is its mode", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "echo 1 > ../file; echo 1 > ../other; ln -s ../../file src/l; ln -s ../../other src/m",
  );
  await using observation = await Observation.of(
    repository,
    () => shell(repository, "echo 2 > ../file; chmod +x ../other"),
  );
  assert.deepEqual(observation.aftermath.outside, [
    { link: "src/l", example: "its target was changed" },
    { link: "src/m", example: "its target was changed" },
  ]);
});

Deno.test("more than can be watched is refused before a run, with the remedy", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "mkdir ../behind; cd ../behind; seq 600 | xargs touch; cd -; ln -s ../../behind src/a; ln -s ../../behind src/b",
  );
  const targets = await readOutside(repository.root, ["src/a"], bestWalker());
  assert.equal(targets.get("src/a")?.size, 601);
  await assert.rejects(readOutside(repository.root, ["src/a", "src/b"], bestWalker()), (error) => {
    assert.ok(error instanceof DispatchError && error.exit === 2);
    assert.match(
      error.message,
      /^The link "src\/b" leads .* more than can be watched \(1,000 .*--waive "src\/b"\.$/,
    );
    return true;
  });
});

Deno.test("after a run it is a change, and of what could not be looked at any more nothing is said", async () => {
  await using repository = await makeRepository();
  await shell(
    repository,
    "mkdir ../one ../two; echo 1 > ../two/a; ln -s ../../one src/a; ln -s ../../two src/b",
  );
  const links = ["src/a", "src/b"];
  const before = await readOutside(repository.root, links, bestWalker());
  await shell(repository, "cd ../one; seq 1100 | xargs touch");
  const after = await readOutsideAgain(repository.root, before, { walker: bestWalker() });
  assert.deepEqual(changedOutside(before, after).map(({ link }) => link), ["src/a"]);
});

Deno.test("a folder behind a link that cannot be listed is no reason to give up", async () => {
  await using repository = await makeRepository();
  await shell(repository, "ln -s ../../home src/l");
  const denied: Walker = {
    ...bestWalker(),
    walk: () => Promise.reject(new Deno.errors.PermissionDenied("no")),
  };
  const targets = await readOutside(repository.root, ["src/l"], denied);
  assert.deepEqual([...targets.get("src/l") ?? []], [["", "unreadable"]]);
});
