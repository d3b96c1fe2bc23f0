import assert from "node:assert/strict";
import { collectLicences, namePackages } from "../../../scripts/collect_licences.ts";

Deno.test("the licences are those of the program, of Deno and of what main.ts loads, each with its text", async () => {
  const licences = await collectLicences();
  const names = licences.map(({ name }) => name);
  for (const name of ["codex-dispatch", "deno", "@actions/expressions", "commander", "zod"]) {
    assert.ok(names.includes(name), `${name} is missing in ${names.join(", ")}`);
  }
  assert.ok(!names.includes("fast-check"), "what only tests load is not built in");
  for (const { name, version, licence, text } of licences) {
    assert.match(version, /^\d+\.\d+\.\d+/, name);
    assert.match(licence, /^(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD|PSF-2\.0)$/, name);
    assert.match(text, /Copyright|©/i, name);
  }
});

Deno.test("a package counts with all that it depends on, once, and in the version that is loaded", () => {
  const of = (name: string, version: string, dependencies: string[] = []) => ({
    name,
    version,
    dependencies,
    registryUrl: "https://registry.npmjs.org/",
  });
  const table = {
    "@a/b@1.0.0_peer@1.0.0": of("@a/b", "1.0.0", ["c@2.0.0", "d@1.0.0"]),
    "c@1.0.0": of("c", "1.0.0"),
    "c@2.0.0": of("c", "2.0.0", ["d@1.0.0"]),
    "d@1.0.0": of("d", "1.0.0", ["c@2.0.0"]),
  };
  const named = (...specifiers: string[]): string[] =>
    namePackages(specifiers, table).map(({ name, version }) => `${name}@${version}`);
  assert.deepEqual(named("npm:/@a/b@1.0.0/deep/path.js", "npm:/d@1.0.0"), [
    "@a/b@1.0.0",
    "c@2.0.0",
    "d@1.0.0",
  ]);
  assert.deepEqual(named("npm:/c@1.0.0"), ["c@1.0.0"]);
  assert.throws(() => named("npm:/e@1.0.0"), /"npm:\/e@1\.0\.0"/);
});
