import assert from "node:assert/strict";
import {
  BUILD_FOLDERS,
  isBuildOutput,
  isSecret,
  NODE_MODULES_FOLDERS,
} from "../../../lib/evidence/build_output.ts";

const OUTPUT: readonly string[] = [
  "build/",
  "build/a.o",
  "web/dist/js/a.js",
  "a/__pycache__/m.cpython-312.pyc",
  "pkg.egg-info/PKG-INFO",
  "m.pyc",
  ".coverage",
  ".coverage.host.123",
  "coverage/lcov.info",
  ".eslintcache",
  "app/tsconfig.tsbuildinfo",
  "node_modules/.cache/x",
  "web/node_modules/.vite/deps/a.js",
  "node_modules/a/node_modules/.cache/x",
  "target/debug/a",
  "crates/a/target/x",
  "cmake-build-debug/CMakeCache.txt",
  ".DS_Store",
  "src/.DS_Store",
  "bin/tool",
  ".gradle/8/x",
  "test-results/junit.xml",
];

const NO_OUTPUT: readonly string[] = [
  "src/a.ts",
  "builder/a",
  "rebuild/a",
  "Build/a",
  "dist.ts",
  "src/distribution/a",
  "coverages",
  "target.ts",
  "node_modules/a/index.js",
  "node_modules/a/dist/index.js",
  "node_modules/build/index.js",
  "node_modules/",
  ".coverages",
  "egg-info/a",
  "x.pycx",
  "build/.env",
  ".env",
  "dist/.env.local",
  "out/.environment/x",
];

for (const path of OUTPUT) {
  Deno.test(`"${path}" is build output by its name`, () => assert.equal(isBuildOutput(path), true));
}
for (const path of NO_OUTPUT) {
  Deno.test(`"${path}" is no build output`, () => assert.equal(isBuildOutput(path), false));
}

Deno.test("every folder of the table is build output at any depth, as is what lies in it", () => {
  const folders = [...BUILD_FOLDERS, ...NODE_MODULES_FOLDERS.map((name) => `node_modules/${name}`)];
  for (const folder of folders) {
    for (const path of [folder, `${folder}/`, `a/${folder}`, `a/b/${folder}/c/d`]) {
      assert.ok(isBuildOutput(path), path);
    }
  }
});

const SECRETS: readonly { path: string; is: boolean }[] = [
  { path: ".env", is: true },
  { path: ".env.local", is: true },
  { path: "a/b/.envrc", is: true },
  { path: ".env/", is: true },
  { path: ".env.d/x", is: true },
  { path: "env", is: false },
  { path: "a.env", is: false },
  { path: "src/.en", is: false },
];

for (const { path, is } of SECRETS) {
  Deno.test(`"${path}" ${is ? "holds" : "does not hold"} secrets by custom`, () =>
    assert.equal(isSecret(path), is));
}
