import assert from "node:assert/strict";
import fc from "fast-check";
import { listOf } from "../../../lib/evidence/nul_list.ts";
import { parseStatus, renderStatus } from "../../../lib/evidence/status.ts";
import { decodePath, encodePath } from "../../../lib/base/tree_path.ts";
import { makeRepository } from "../../helpers/repository.ts";
import { Observation, shell } from "./observing.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const [A, B] = ["a".repeat(40), "b".repeat(40)];

const RECORDS: readonly { record: string; path: string; code: string; detail: string }[] = [
  {
    record: `1 .M N... 100644 100644 100755 ${A} ${A} src/a b`,
    path: "src/a b",
    code: " M",
    detail: `N... 100644 100644 100755 ${A} ${A}`,
  },
  {
    record: `1 A. N... 000000 100644 100644 ${A} ${B} new\nline`,
    path: "new\nline",
    code: "A ",
    detail: `N... 000000 100644 100644 ${A} ${B}`,
  },
  {
    record: `1 MD S.M. 160000 160000 160000 ${A} ${A} sub`,
    path: "sub",
    code: "MD",
    detail: `S.M. 160000 160000 160000 ${A} ${A}`,
  },
  {
    record: `u UU N... 100644 100644 100644 100644 ${A} ${A} ${B} both`,
    path: "both",
    code: "UU",
    detail: `N... 100644 100644 100644 100644 ${A} ${A} ${B}`,
  },
  { record: "? a -> b", path: "a -> b", code: "??", detail: "" },
  { record: "? inner/", path: "inner/", code: "??", detail: "" },
  { record: "? l\xe9g", path: decodePath(bytes("l\xe9g")), code: "??", detail: "" },
];

for (const { record, path, code, detail } of RECORDS) {
  Deno.test(`a record that begins with "${record.slice(0, 6)}" is ${JSON.stringify(path)} with the letters "${code}"`, () => {
    assert.deepEqual(parseStatus(bytes(`${record}\0`)).entries, [{ path, code, detail }]);
  });
}

const HEADS: readonly { records: string[]; head: string | null; branch: string | null }[] = [
  { records: [`# branch.oid ${A}`, "# branch.head main"], head: A, branch: "main" },
  { records: [`# branch.oid ${A}`, "# branch.head (detached)"], head: A, branch: null },
  { records: ["# branch.oid (initial)", "# branch.head topic/x"], head: null, branch: "topic/x" },
];

for (const { records, head, branch } of HEADS) {
  Deno.test(`${records.join(", ").replace(A, "…")} is read as commit and branch`, () => {
    const status = parseStatus(bytes(records.map((each) => `${each}\0`).join("")));
    assert.deepEqual([status.head, status.branch, status.entries], [head, branch, []]);
  });
}

Deno.test("what git ignores is listed apart", () => {
  const { entries, ignored } = parseStatus(bytes("! build/\0! x.log\0? new\0"));
  assert.deepEqual([entries.map(({ path }) => path), ignored], [["new"], ["build/", "x.log"]]);
});

Deno.test("the text for people is that of git status --short", () => {
  const entries = RECORDS.map(({ path, code, detail }) => ({ path, code, detail }));
  const text = renderStatus(entries).split("\n");
  assert.deepEqual([text[0], text.at(-3), text.at(-2)], [" M src/a b", "?? inner/", '?? "l\\351g"']);
});

Deno.test("a list that git ends with NUL comes apart into what it was made of, whatever bytes that holds", () => {
  const name = fc.uint8Array({ min: 1, max: 255, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 8 }), (names) => {
      const list = new Uint8Array(names.flatMap((each) => [...each, 0]));
      assert.deepEqual(listOf(list).map((path) => [...encodePath(path)]), names.map((each) => [...each]));
    }),
    { seed: 5, numRuns: 1_000 },
  );
});

const SUBMODULES: readonly { what: string; lines: string; is: readonly string[] }[] = [
  { what: "a clean submodule", lines: ":", is: [] },
  { what: "a file changed in it", lines: "echo 2 > sub/f.txt", is: [" M sub"] },
  { what: "an untracked file in it", lines: "echo 2 > sub/new", is: [" M sub"] },
  { what: "a file staged in it", lines: "echo 2 > sub/f.txt; git -C sub add f.txt", is: [" M sub"] },
  { what: "another commit in it", lines: "git -C sub commit -q --allow-empty -m x", is: [" M sub"] },
  {
    what: "another commit staged",
    lines: "git -C sub commit -q --allow-empty -m x; git add sub",
    is: ["M  sub"],
  },
  {
    what: "another commit staged and a file changed",
    lines: "git -C sub commit -q --allow-empty -m x; git add sub; echo 2 > sub/f.txt",
    is: ["MM sub"],
  },
  { what: "a file changed in a submodule of it", lines: "echo 2 > sub/deep/g.txt", is: [" M sub"] },
  {
    what: "a submodule that is not checked out",
    lines: "git submodule --quiet deinit sub 2> ../out; rm -rf sub; mkdir sub",
    is: [],
  },
  { what: "its .git in pieces", lines: "rm sub/.git; mkdir sub/.git", is: [" M sub"] },
  {
    what: "a change beside it",
    lines: "echo 2 > sub/f.txt; echo 2 > README.md; echo 1 > a; echo 1 > z",
    is: [" M README.md", " M sub", "?? a", "?? z"],
  },
];

const WITH_SUBMODULE = `git config --global protocol.file.allow always
git init -q ../deep; echo 1 > ../deep/g.txt; git -C ../deep add g.txt; git -C ../deep commit -q -m deep
git init -q ../other; echo 1 > ../other/f.txt; git -C ../other add f.txt; git -C ../other commit -q -m other
git -C ../other submodule --quiet add "$PWD/../deep" deep; git -C ../other commit -q -m deep
git submodule --quiet add "$PWD/../other" sub; git submodule --quiet update --init --recursive; git commit -q -m sub`;

for (const { what, lines, is } of SUBMODULES) {
  Deno.test(`with ${what}, the status is ${is.join(", ") || "empty"}, before a run and after it`, async () => {
    await using repository = await makeRepository();
    await shell(repository, WITH_SUBMODULE);
    {
      await using observation = await Observation.of(repository, () => shell(repository, lines));
      assert.deepEqual(observation.baseline.status.entries, []);
      assert.deepEqual(shown(observation.aftermath.status?.entries ?? []), is);
    }
    await using observation = await Observation.of(repository, () => Promise.resolve());
    assert.deepEqual(shown(observation.baseline.status.entries), is);
  });
}

function shown(entries: Parameters<typeof renderStatus>[0]): string[] {
  return renderStatus(entries).split("\n").filter((line) => line !== "");
}
