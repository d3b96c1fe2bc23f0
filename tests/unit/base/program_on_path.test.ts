import assert from "node:assert/strict";
import { join } from "node:path";
import { programOnPath } from "../../../lib/base/program_on_path.ts";

Deno.test("of the programs on PATH the first one counts; not what cannot be run, nor what lies in folders without a root", async () => {
  const base = await Deno.makeTempDir();
  try {
    for (const name of ["one", "two", "three"]) await Deno.mkdir(join(base, name));
    await Deno.writeTextFile(join(base, "one/tool"), "", { mode: 0o644 });
    for (const name of ["two", "three"]) {
      await Deno.writeTextFile(join(base, name, "tool"), "", { mode: 0o755 });
    }
    const find = (...folders: string[]): string | undefined =>
      programOnPath("tool", { PATH: folders.join(":") });
    assert.equal(
      find(join(base, "none"), join(base, "one"), join(base, "two"), join(base, "three")),
      join(base, "two/tool"),
    );
    assert.equal(find(join(base, "one")), undefined);
    assert.equal(find("", ".", "two"), undefined);
    assert.equal(programOnPath("tool", {}), undefined);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});
