import assert from "node:assert/strict";
import { releaseNotes } from "../../../scripts/release_notes.ts";

const CHANGELOG = `# Changelog

## Unreleased

- Not yet.

## 1.2.0 (2026-11-22)

### Added

- A thing, which took
  two lines.

## 1.1.0

## 1.0.0-rc.1

- The first.
`;

const VERSIONS = { "deno.json": "1.2.0", "plugin.json": "1.2.0" };

Deno.test("the notes are the section of the version, without its heading", () => {
  assert.deepEqual(releaseNotes({ tag: "v1.2.0", changelog: CHANGELOG, versions: VERSIONS }), {
    notes: "### Added\n\n- A thing, which took\n  two lines.\n",
  });
  assert.deepEqual(releaseNotes({ tag: "v1.0.0-rc.1", changelog: CHANGELOG, versions: {} }), {
    notes: "- The first.\n",
  });
  const windows = CHANGELOG.replaceAll("\n", "\r\n");
  assert.deepEqual(releaseNotes({ tag: "v1.0.0-rc.1", changelog: windows, versions: {} }), {
    notes: "- The first.\n",
  });
});

/** | tag | what is said against it | */
const REFUSED: readonly (readonly [string, readonly RegExp[]])[] = [
  ["1.2.0", [/"1\.2\.0" is no tag of a release/]],
  ["v1.2", [/no tag/]],
  ["v1.2.0; rm", [/no tag/]],
  ["", [/no tag/]],
  ["v1.1.0", [
    /deno\.json has version "1\.2\.0"/,
    /plugin\.json has version/,
    /"## 1\.1\.0" of CHANGELOG\.md is empty/,
  ]],
  ["v1.2.1", [/Set it to "1\.2\.1"/, /plugin\.json/, /no section "## 1\.2\.1"/]],
  ["v1.0.0", [/deno\.json/, /plugin\.json/, /no section "## 1\.0\.0"/]],
];

for (const [tag, says] of REFUSED) {
  Deno.test(`a release of "${tag}" is refused, with all that stands against it`, () => {
    const outcome = releaseNotes({ tag, changelog: CHANGELOG, versions: VERSIONS });
    assert.ok("problems" in outcome);
    assert.equal(outcome.problems.length, says.length);
    for (const [index, pattern] of says.entries()) assert.match(outcome.problems[index] ?? "", pattern);
  });
}
