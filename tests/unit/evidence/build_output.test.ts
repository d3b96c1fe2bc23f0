import assert from "node:assert/strict";
import {
  BUILD_FILES,
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
  ".eggs/x/y",
  "ext/fast.cpython-312-x86_64-linux-gnu.so",
  ".testmondata-wal",
  ".nx/workspace-data/d.db",
  "docs/.vitepress/cache/x",
  "cypress/videos/a.mp4",
  "npm-debug.log.1",
  "reports/junit.xml",
  "coverage.cobertura.xml",
  "coverage.txt",
  "cover.html",
  ".rspec_status",
  "log/test.log",
  "tmp/cache/bootsnap/x",
  "storage/test.sqlite3-wal",
  ".phpunit.result.cache",
  "storage/framework/views/x.php",
  "var/cache/test/x",
  ".jqwik-database",
  "core/dependency-reduced-pom.xml",
  "artifacts/bin/x",
  "artifacts/obj/x",
  "cover/x.html",
  "priv/plts/dialyzer.plt.hash",
  "CMakeFiles/x",
  "Testing/Temporary/LastTest.log",
  "src/.deps/a.Po",
  "lib/libx.a",
  "bazel-out",
  "bazel-bin",
  "default.profraw",
  "shop.test",
  ".hpc/Main.mix",
  "Main.hi",
  "lib/a.cmxa",
  "pubspec.lock",
  "Cargo.lock",
  ".flutter-plugins-dependencies",
  "ios/Flutter/ephemeral/x",
  ".quarto/x",
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
  "videos/a.mp4",
  "vitepress/cache/x",
  "cache/x",
  "storage/app/x",
  "var/x",
  "Testing/x",
  "log/a.log",
  "note.log",
  "npm.log",
  "test.logs",
  "coverage_notes.txt",
  "coverage.ts",
  "discover/x",
  "Cargo.lock.rs",
  "package-lock.json",
  "terraform.tfstate",
  "local.properties",
  "x.sql",
  "production.sqlite3",
  "x.db",
  "a.html",
  "a.cm",
  "a.outs",
  "bazel/x",
  "deps/x/lib/x.ex",
  ".terraform/providers/x/bin/x",
  "_opam/bin/ocaml",
  "ios/Pods/x/build/x",
  "ENV/bin/python",
  "__pypackages__/3.12/lib/build/x",
  "bower_components/x/dist/x.js",
  // What somebody may run.
  "lib/libx.so.1.2",
  "tools/protoc.exe",
  "plugin.dll",
  // Folders of such names.
  "conf.d/secret",
  "conf.d/",
  "notes.out/x",
  "tmp/notes.md",
  "artifacts/release.zip",
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

Deno.test("every file of the table is build output at any depth, and no file that is called alike", () => {
  for (const file of BUILD_FILES) {
    assert.ok(isBuildOutput(file) && isBuildOutput(`a/b/${file}`), file);
    assert.ok(!isBuildOutput(`x${file}`) && !isBuildOutput(`${file}x`), file);
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
