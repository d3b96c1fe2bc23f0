import assert from "node:assert/strict";
import * as path from "node:path";

const ROOT = path.join(import.meta.dirname ?? "", "..", "..");
const FOLDER = path.join(ROOT, ".github", "workflows");
const FILES = [
  ...[...Deno.readDirSync(FOLDER)].map(({ name }) => path.join(FOLDER, name)),
  path.join(ROOT, "action.yml"),
];

Deno.test("every action that workflows use is pinned to a commit, with its version beside", async () => {
  let pinned = 0;
  for (const file of FILES) {
    for (const [line, used = ""] of (await Deno.readTextFile(file)).matchAll(/^ *(?:- )?uses: *(.*)$/gm)) {
      if (used.startsWith("./")) continue;
      assert.match(used, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${path.basename(file)}: ${line}`);
      pinned++;
    }
  }
  assert.ok(pinned > 8);
});

Deno.test("workflows may read the repository and nothing more; to publish a release is one job's right", async () => {
  for (const file of FILES.filter((name) => name.startsWith(FOLDER))) {
    const text = await Deno.readTextFile(file);
    assert.match(text, /^permissions:\n {2}contents: read\n\n/m, file);
    const writes = [...text.matchAll(/^ +([a-z-]+): write$/gm)].map(([, scope]) => scope);
    const expected = file.endsWith("release.yml") ? ["contents", "id-token", "attestations"] : [];
    assert.deepEqual(writes, expected, file);
  }
});

Deno.test("no script of a workflow or of the action has values put into its text", async () => {
  let scripts = 0;
  for (const file of FILES) {
    const lines = (await Deno.readTextFile(file)).split("\n");
    for (const [at, line] of lines.entries()) {
      if (!/^ *(- )?run: /.test(line)) continue;
      const indent = line.search(/\S/);
      const rest = lines.slice(at + 1);
      const end = rest.findIndex((next) => next.trim() !== "" && next.search(/\S/) <= indent);
      const script = [line, ...rest.slice(0, end < 0 ? undefined : end)].join("\n");
      assert.doesNotMatch(script, /\$\{\{/, `${path.basename(file)}: ${line}`);
      scripts++;
    }
  }
  assert.ok(scripts > 8);
});
