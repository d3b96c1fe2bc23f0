import assert from "node:assert/strict";
import { grantsProtected, namesLiterally, protectedPath } from "../../../lib/evidence/protected.ts";
import { readScopeEntry } from "../../../lib/packet/scope_entry.ts";
import { scopeOf } from "./observing.ts";

const PATHS: readonly { path: string; is: string | undefined }[] = [
  { path: "AGENTS.md", is: "AGENTS.md" },
  { path: "AGENTS.override.md", is: "AGENTS.override.md" },
  { path: "src/deep/AGENTS.md", is: "src/deep/AGENTS.md" },
  { path: "CLAUDE.md", is: "CLAUDE.md" },
  { path: ".codex", is: ".codex" },
  { path: ".codex/config.toml", is: ".codex" },
  { path: ".agents/skills/x/SKILL.md", is: ".agents" },
  { path: "sub/.claude/settings.json", is: "sub/.claude" },
  { path: ".mcp.json", is: ".mcp.json" },
  { path: ".gitattributes", is: ".gitattributes" },
  { path: "src/.gitignore", is: "src/.gitignore" },
  { path: ".gitmodules", is: ".gitmodules" },
  { path: ".github/workflows/ci.yml", is: ".github/workflows" },
  { path: ".husky/pre-commit", is: ".husky" },
  { path: ".envrc", is: ".envrc" },
  { path: ".github/CODEOWNERS", is: undefined },
  { path: "github/workflows/ci.yml", is: undefined },
  { path: "docs/AGENTS.markdown", is: undefined },
  { path: "MY-AGENTS.md", is: undefined },
  { path: "CLAUDE.md.bak", is: undefined },
  { path: ".codexrc", is: undefined },
  { path: "x.gitignore", is: undefined },
  { path: ".gitignored", is: undefined },
  { path: ".codex-dispatch/runs", is: undefined },
  { path: "agents/a.md", is: undefined },
];

for (const { path, is } of PATHS) {
  Deno.test(`"${path}" ${is === undefined ? "steers nobody" : `is protected as "${is}"`}`, () => {
    assert.equal(protectedPath(path), is);
  });
}

const GRANTS: readonly { path: string; scope: readonly string[]; is: boolean }[] = [
  { path: "src/a.ts", scope: [], is: true },
  { path: "AGENTS.md", scope: ["AGENTS.md"], is: true },
  { path: "AGENTS.md", scope: ["agents.md"], is: false },
  { path: "AGENTS.md", scope: ["."], is: false },
  { path: "AGENTS.md", scope: ["./"], is: false },
  { path: "AGENTS.md", scope: [":/"], is: false },
  { path: "AGENTS.md", scope: ["**"], is: false },
  { path: "AGENTS.md", scope: ["*.md"], is: false },
  { path: "src/AGENTS.md", scope: ["src"], is: true },
  { path: "src/AGENTS.md", scope: ["src/**"], is: false },
  { path: "src/AGENTS.md", scope: ["AGENTS.md"], is: false },
  { path: "src/AGENTS.md", scope: ["src/AGENTS"], is: false },
  { path: ".codex/config.toml", scope: [".codex"], is: true },
  { path: ".codex/config.toml", scope: [".codex/config.toml"], is: true },
  { path: ".codex/other.toml", scope: [".codex/config.toml"], is: false },
  { path: ".codex/config.toml", scope: [".codex/*"], is: false },
  { path: ".github/workflows/ci.yml", scope: [".github/"], is: true },
  { path: "AGENTS.md", scope: ["!AGENTS.md"], is: false },
];

for (const { path, scope, is } of GRANTS) {
  Deno.test(`"${path}" is ${is ? "" : "not "}granted by ${scope.join(" ") || "no entry"}`, () => {
    assert.equal(grantsProtected(path, scopeOf(scope)), is);
  });
}

/** Entries where WORKDIR is "/repo/pkg". */
const NAMED: readonly { text: string; is: boolean }[] = [
  { text: ".", is: false },
  { text: "./", is: false },
  { text: "./.", is: false },
  { text: "`.`", is: false },
  { text: "`./`", is: false },
  { text: ". (MODIFY)", is: false },
  { text: "!src", is: false },
  { text: "*", is: false },
  { text: ":/", is: false },
  { text: "/repo", is: false },
  { text: "src", is: true },
  { text: "./src", is: true },
  { text: ".claude", is: true },
  { text: "(group)", is: true },
  { text: "./(group)", is: true },
  { text: ":/pkg", is: true },
  { text: "/repo/pkg", is: true },
];

for (const { text, is } of NAMED) {
  Deno.test(`the entry "${text}" ${is ? "names what it grants" : "was written with nothing in particular in mind"}`, () => {
    const [root, workdir] = ["/repo", "/repo/pkg"];
    const place = { root, workdir, workdirAsGiven: workdir, home: undefined, exists: () => false };
    const read = readScopeEntry({ text, line: 1, literal: false, marked: true }, place);
    assert.ok("entry" in read, JSON.stringify(read));
    assert.equal(namesLiterally(read.entry), is);
  });
}
