import assert from "node:assert/strict";
import * as path from "node:path";
import { VERSION } from "../../lib/cli/version.ts";

const ROOT = path.join(import.meta.dirname ?? "", "..", "..");

Deno.test("the plugin has the version of the program, and the marketplace offers it from this repository", async () => {
  const plugin = JSON.parse(await readText(".claude-plugin/plugin.json"));
  const marketplace = JSON.parse(await readText(".claude-plugin/marketplace.json"));
  assert.equal(plugin.version, VERSION);
  assert.deepEqual(
    marketplace.plugins.map(({ name, source }: { name: string; source: string }) => [name, source]),
    [[plugin.name, "./"]],
  );
});

Deno.test("the plugin's Stop hook asks codex-dispatch, and is silent where that is not installed", async () => {
  const { hooks } = JSON.parse(await readText("hooks/hooks.json"));
  assert.deepEqual(Object.keys(hooks), ["Stop"]);
  const [{ hooks: [{ type, command }] }] = hooks.Stop;
  assert.equal(type, "command");
  const folder = await Deno.makeTempDir();
  try {
    assert.deepEqual(await shell(command, folder), { code: 0, output: "" });
    await Deno.writeTextFile(path.join(folder, "codex-dispatch"), '#!/bin/sh\necho "$*" >&2; exit 2\n', {
      mode: 0o755,
    });
    // Claude Code goes on working where a hook exits with 2, and reads why on standard error.
    assert.deepEqual(await shell(command, folder), { code: 2, output: "hook stop\n" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const name of ["dispatch", "pipeline"]) {
  Deno.test(`the plugin's command ${name} says what it is for and takes what the user gives it`, async () => {
    const text = await readText(`commands/${name}.md`);
    assert.match(text, /^---\ndescription: .+\nargument-hint: .+\n---\n/);
    assert.ok(text.includes("$ARGUMENTS"));
  });
}

async function readText(file: string): Promise<string> {
  return await Deno.readTextFile(path.join(ROOT, file));
}

async function shell(command: string, bin: string): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", command],
    env: { PATH: bin },
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
