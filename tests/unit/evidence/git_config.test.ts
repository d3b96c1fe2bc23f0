import assert from "node:assert/strict";
import { filterNames, parseConfig } from "../../../lib/evidence/git_config.ts";

const parse = (
  ...records: readonly (readonly [origin: string, entry: string])[]
): ReturnType<typeof parseConfig> =>
  parseConfig(new TextEncoder().encode(records.map(([origin, entry]) => `${origin}\0${entry}\0`).join("")));

Deno.test("the last value of a key counts, a key without a value is true, values may hold lines, and our own are left out", () => {
  const { values } = parse(
    ["file:/etc/gitconfig", "core.pager\nless"],
    ["file:.git/config", "core.pager\ncat"],
    ["file:.git/config", "core.bare"],
    ["file:.git/config", "alias.x\nfirst\nsecond"],
    ["command line:", "core.pager\nnone"],
  );
  assert.deepEqual(Object.fromEntries(values), {
    "core.pager": "cat",
    "core.bare": "true",
    "alias.x": "first\nsecond",
  });
});

const INCLUDES: readonly { origin: string; entry: string; files: readonly string[] }[] = [
  { origin: "file:.git/config", entry: "core.bare\nfalse", files: [".git/config"] },
  { origin: "command line:", entry: "core.bare\nfalse", files: [] },
  { origin: "command line:", entry: "include.path\nx", files: [] },
  { origin: "file:.git/config", entry: "include.path\n../team.inc", files: [".git/config", "team.inc"] },
  { origin: "file:.git/config", entry: "include.path\n/etc/team", files: [".git/config", "/etc/team"] },
  {
    origin: "file:/home/me/.gitconfig",
    entry: "include.path\n~/team",
    files: ["/home/me/.gitconfig", "~/team"],
  },
  {
    origin: "file:/home/me/.gitconfig",
    entry: "include.path\nteam",
    files: ["/home/me/.gitconfig", "/home/me/team"],
  },
  { origin: "file:/c", entry: "includeif.onbranch:a.b.path\n/team", files: ["/c", "/team"] },
  { origin: "file:/c", entry: "includeif.gitdir:~/x/.path\n/team", files: ["/c", "/team"] },
  { origin: "file:/c", entry: "include.pathology\n/team", files: ["/c"] },
];

for (const { origin, entry, files } of INCLUDES) {
  Deno.test(`${JSON.stringify(entry)} in ${origin} makes git read ${files.join(" and ") || "no file"}`, () => {
    assert.deepEqual(parse([origin, entry]).files, files);
  });
}

Deno.test("filters are known by their names, whatever those hold", () => {
  const config = parse(
    ["file:c", "filter.lfs.clean\nx"],
    ["file:c", "filter.lfs.process\nx"],
    ["file:c", "filter.a.b.smudge\nx"],
    ["file:c", "filter..clean\nx"],
    ["file:c", "filter.a=b.required\nx"],
    ["file:c", "filter.clean\nx"],
    ["file:c", "myfilter.x.clean\nx"],
  );
  assert.deepEqual(filterNames(config), ["lfs", "a.b", "", "a=b"]);
});
