import assert from "node:assert/strict";
import * as path from "node:path";
import { EXIT_MEANINGS } from "../../../lib/base/exit_codes.ts";
import { SKILL_TEXT } from "../../../lib/cli/skill_text.ts";
import { SKILL_NAME } from "../../../lib/cli/skills_folder.ts";

const FILE = path.join(import.meta.dirname ?? "", "..", "..", "..", "skills", SKILL_NAME, "SKILL.md");

Deno.test("the skill that is built in is the one in skills/ (deno run -A scripts/skill_text.ts)", async () => {
  assert.equal(SKILL_TEXT, await Deno.readTextFile(FILE));
});

Deno.test("the skill's front matter keeps the published rules", () => {
  const [, front = ""] = /^---\n([\s\S]*?)\n---\n/.exec(SKILL_TEXT) ?? [];
  const fields = Object.fromEntries(front.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
  assert.deepEqual(Object.keys(fields), ["name", "description"]);
  // Up to 64 lower-case letters, digits and single dashes, without "claude" or "anthropic".
  assert.match(fields.name, /^(?!.*(claude|anthropic))[a-z0-9]+(-[a-z0-9]+)*$/);
  assert.equal(fields.name, SKILL_NAME);
  assert.ok(fields.description.length > 0 && fields.description.length <= 1024);
  // Without quotes around it, YAML would take these for something else; tags are not allowed.
  assert.doesNotMatch(fields.description, /: | #|^[-?!&*%@`"'[{>|]|[<>]/);
  assert.ok(SKILL_TEXT.split("\n").length <= 500);
});

Deno.test("the skill tells what every exit status means", () => {
  const table = SKILL_TEXT.split("\n").filter((line) => /^\| *\d/.test(line)).join("\n");
  for (const [code] of EXIT_MEANINGS) assert.match(table, new RegExp(`\\b${code}\\b`));
});
