import assert from "node:assert/strict";
import { VERSION } from "../../lib/cli/version.ts";
import { runProgram } from "../helpers/program.ts";

const OPTIONS = { env: { PATH: "/nowhere", HOME: "/" }, cwd: "/" };
const COMPILED = (Deno.env.get("CODEX_DISPATCH_BINARY") ?? "") !== "";

Deno.test("--version is one line", async () => {
  assert.deepEqual(await runProgram(["--version"], OPTIONS), { code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

Deno.test("--version --json says what the program is made of; from its source, that it was not built", async () => {
  const { code, stdout, stderr } = await runProgram(["--version", "--json"], OPTIONS);
  assert.deepEqual([code, stderr], [0, ""]);
  const { version, commit, modified, target, deno, licences } = JSON.parse(stdout);
  assert.deepEqual([version, typeof modified, target], [VERSION, "boolean", Deno.build.target]);
  assert.match(deno, /^\d+\.\d+\.\d+$/);
  const names = licences.map(({ name }: { name: string }) => name);
  if (COMPILED) {
    // An archive of the source, compiled, knows no commit.
    assert.match(String(commit), /^([0-9a-f]{40}|null)$/);
    assert.deepEqual(names.slice(0, 2), ["codex-dispatch", "deno"]);
    assert.ok(names.includes("commander"));
  } else {
    assert.deepEqual([commit, names], [null, []]);
  }
  assert.equal((await runProgram(["--json", "--version"], OPTIONS)).stdout, stdout);
});
