import { join } from "node:path";

/** A project as it is cloned, what a verifier does with it, and what that writes. */
export interface SmallProject {
  readonly name: string;
  /** Committed, with the `.gitignore` that such a project starts with. */
  readonly files: Readonly<Record<string, string>>;
  /** What stands there ignored before the verifier comes: installed packages. */
  readonly installed?: Readonly<Record<string, string>>;
  /** Tests and build: the tool itself where it is there, and by hand what it or its like would write. */
  readonly action: string;
  /** Some of what it must have written. */
  readonly writes: readonly string[];
}

/** Files, each with a line of its own in it, by way of the shell. */
export function byHand(...files: readonly string[]): string {
  return files.map((file) => `mkdir -p '${join(file, "..")}'; echo "made at $(date +%N)" >'${file}'`).join(
    "\n",
  );
}

/** One of each kind. What a tool that is not there would write is written by hand. */
export const SMALL_PROJECTS: readonly SmallProject[] = [
  {
    name: "Python: unittest, py_compile, pytest, coverage, mypy, ruff, an editable install",
    files: {
      // From github/gitignore, Python.gitignore.
      ".gitignore": [
        "__pycache__/",
        "*.py[codz]",
        "*.so",
        "build/",
        "dist/",
        "*.egg-info/",
        "htmlcov/",
        ".tox/",
        ".nox/",
        ".coverage",
        ".coverage.*",
        "coverage.xml",
        ".hypothesis/",
        ".pytest_cache/",
        ".env",
        ".venv",
        ".mypy_cache/",
        ".ruff_cache/",
        "",
      ].join("\n"),
      "shop/__init__.py": "",
      "shop/price.py": "def gross(net):\n    return net * 2\n",
      "tests/test_price.py":
        "import unittest\nfrom shop.price import gross\n\nclass Price(unittest.TestCase):\n" +
        "    def test_gross(self):\n        self.assertEqual(gross(2), 4)\n",
    },
    installed: { ".venv/lib/python3/site-packages/six.py": "x = 1\n", ".venv/bin/python": "#!/bin/sh\n" },
    action: `
      if command -v python3 >/dev/null; then
        python3 -m unittest tests.test_price || exit
        env -u PYTHONPYCACHEPREFIX python3 -m py_compile shop/price.py
      fi
      PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python3 -m pytest -q 2>/dev/null ||
        { ${byHand(".pytest_cache/.gitignore", ".pytest_cache/v/cache/nodeids")}; }
      ${
      byHand(
        "shop/__pycache__/price.cpython-399.pyc",
        ".venv/lib/python3/site-packages/__pycache__/six.cpython-399.pyc",
        ".coverage",
        ".coverage.host.1.x",
        "coverage.xml",
        "htmlcov/index.html",
        ".mypy_cache/3.12/shop.meta.json",
        ".mypy_cache/.gitignore",
        ".ruff_cache/0.8.0/1",
        ".hypothesis/unicode_data/x.gz",
        "shop.egg-info/PKG-INFO",
        "build/lib/shop/price.py",
        ".tox/py312/bin/python",
        ".tox/py312/lib/site-packages/six.py",
      )
    }`,
    writes: ["shop/__pycache__/", ".pytest_cache/v/cache/nodeids", "coverage.xml", ".tox/py312/bin/python"],
  },
  {
    name: "Node: node --test with coverage, vitest, vite, eslint, tsc",
    files: {
      // From create-vite, with what coverage, eslint and tsc ask for in their guides.
      ".gitignore":
        "logs\n*.log\nnode_modules\ndist\ndist-ssr\n*.local\ncoverage\n.eslintcache\n*.tsbuildinfo\n.env\n.DS_Store\n",
      "package.json": '{ "name": "shop", "type": "module" }\n',
      "price.js": "export const gross = (net) => net * 2;\n",
      "price.test.js": "import test from 'node:test';\nimport assert from 'node:assert';\n" +
        "import { gross } from './price.js';\ntest('gross', () => assert.equal(gross(2), 4));\n",
    },
    installed: {
      "node_modules/six/index.js": "module.exports = 6;\n",
      "node_modules/six/dist/six.js": "6;\n",
    },
    action: `
      if command -v node >/dev/null; then NODE_V8_COVERAGE=coverage/tmp node --test || exit; fi
      ${
      byHand(
        "coverage/lcov.info",
        "node_modules/.vite/deps/_metadata.json",
        "node_modules/.vite/vitest/results.json",
        "node_modules/.vite-temp/vite.config.js.timestamp-1.mjs",
        "node_modules/.cache/prettier/x",
        "node_modules/.tmp/tsconfig.app.tsbuildinfo",
        "packages/ui/node_modules/.vite/deps/_metadata.json",
        "dist/assets/index-B1.js",
        "dist/node_modules/six/index.js",
        "dist-ssr/entry.js",
        "tsconfig.tsbuildinfo",
        ".eslintcache",
        ".DS_Store",
      )
    }`,
    writes: [
      "coverage/lcov.info",
      "node_modules/.vite/deps/_metadata.json",
      "dist/node_modules/six/index.js",
    ],
  },
  {
    name: "Next: next build, with a standalone output that holds packages",
    files: {
      // From create-next-app.
      ".gitignore": [
        "/node_modules",
        "/coverage",
        "/.next/",
        "/out/",
        "/build",
        ".DS_Store",
        "*.pem",
        ".env*",
        ".vercel",
        "*.tsbuildinfo",
        "next-env.d.ts",
        "/test-results/",
        "/playwright-report/",
        "",
      ].join("\n"),
      "package.json": '{ "name": "shop" }\n',
      "app/page.tsx": "export default () => null;\n",
    },
    installed: { "node_modules/next/package.json": "{}\n", ".env.local": "KEY=1\n" },
    action: byHand(
      "next-env.d.ts",
      "tsconfig.tsbuildinfo",
      ".next/cache/webpack/client/0.pack",
      ".next/standalone/node_modules/next/package.json",
      ".next/standalone/server.js",
      "out/index.html",
      "test-results/.last-run.json",
      "playwright-report/index.html",
    ),
    writes: ["next-env.d.ts", ".next/standalone/node_modules/next/package.json"],
  },
  {
    name: "Rust: cargo build and cargo test",
    files: {
      // From cargo new.
      ".gitignore": "/target\n",
      "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
      "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
      "src/lib.rs":
        "pub fn gross(net: u32) -> u32 { net * 2 }\n#[test]\nfn doubles() { assert_eq!(gross(2), 4); }\n",
    },
    action: `
      if cargo --version >/dev/null 2>&1; then cargo test --offline --locked --lib -q || exit
      else ${byHand("target/CACHEDIR.TAG", "target/debug/libshop.rlib")}; fi
      ${
      byHand("target/.rustc_info.json", "target/debug/.fingerprint/shop-1/lib-shop", "target/doc/index.html")
    }`,
    writes: ["target/CACHEDIR.TAG", "target/debug/.fingerprint/shop-1/lib-shop"],
  },
  {
    name: "Go: go build and go test with a cover profile",
    files: {
      // From github/gitignore, Go.gitignore, and the folder that most makefiles build into.
      ".gitignore": "*.exe\n*.test\n*.out\ncoverage.*\n*.coverprofile\nprofile.cov\ngo.work\n.env\n/bin/\n",
      "go.mod": "module example.org/shop\n\ngo 1.20\n",
      "main.go":
        "package main\n\nfunc gross(net int) int { return net * 2 }\n\nfunc main() { println(gross(2)) }\n",
      "main_test.go":
        'package main\n\nimport "testing"\n\nfunc TestGross(t *testing.T) {\n\tif gross(2) != 4 {\n\t\tt.Fail()\n\t}\n}\n',
    },
    action: `
      if go version >/dev/null 2>&1; then
        go build -o bin/shop . && go test -coverprofile=coverage.out ./... || exit
      else ${byHand("bin/shop", "coverage.out")}; fi
      ${byHand("coverage.out")}`,
    writes: ["bin/shop", "coverage.out"],
  },
  {
    name: "Java: javac, Gradle, Maven, classes beside their sources",
    files: {
      // From gradle init and github/gitignore, Java.gitignore and Maven.gitignore.
      ".gitignore": ".gradle\nbuild\n.kotlin\n*.class\ntarget/\n*.log\n",
      "src/main/java/Price.java": "class Price { static int gross(int net) { return net * 2; } }\n",
    },
    action: `
      if javac -version >/dev/null 2>&1; then
        javac -d build/classes/java/main src/main/java/Price.java && javac src/main/java/Price.java || exit
      else ${byHand("build/classes/java/main/Price.class", "src/main/java/Price.class")}; fi
      ${
      byHand(
        ".gradle/8.5/checksums/checksums.lock",
        ".gradle/file-system.probe",
        ".kotlin/sessions/1.salive",
        "build/reports/tests/test/index.html",
        "target/classes/Price.class",
        "target/surefire-reports/TEST-Price.xml",
      )
    }`,
    writes: [
      "build/classes/java/main/Price.class",
      "src/main/java/Price.class",
      ".gradle/file-system.probe",
    ],
  },
  {
    name: "C: make and cmake, with a dependency fetched into the build folder",
    files: {
      ".gitignore": "*.o\n*.gcda\n*.gcno\n/build/\ncmake-build-*/\n",
      "main.c": "int main(void) { return 0; }\n",
    },
    action: `
      ${byHand("main.o", "main.gcno", "main.gcda", "build/CMakeCache.txt", "cmake-build-debug/build.ninja")}
      [ -d build/_deps/dep/.git ] || git init -q build/_deps/dep
      cd build/_deps/dep && touch a.c && git add a.c && git commit -qm fetched; git status -s`,
    writes: ["main.o", "build/_deps/dep/a.c"],
  },
  {
    name: "other frameworks and languages, by hand",
    files: {
      ".gitignore": [
        "/.*/",
        "blob-report",
        "coverage.*",
        "TestResults/",
        "[Bb]in/",
        "[Oo]bj/",
        "dist-newstyle/",
        "_build/",
        "",
      ].join("\n"),
      "README.md": "A shop.\n",
    },
    action: byHand(
      ".output/server/index.mjs",
      ".nitro/types/x.d.ts",
      ".nuxt/app.js",
      ".astro/types.d.ts",
      ".docusaurus/routes.js",
      ".react-router/types/x.ts",
      ".svelte-kit/output/x.js",
      ".turbo/x.log",
      "blob-report/report.zip",
      ".benchmarks/x.json",
      "coverage.json",
      "coverage.lcov",
      "TestResults/x.trx",
      "Shop/bin/Debug/Shop.dll",
      "Shop/obj/project.assets.json",
      ".build/debug/shop",
      "dist-newstyle/cache/plan.json",
      ".stack-work/dist/x",
      ".bsp/sbt.json",
      "_build/default/shop.cma",
    ),
    writes: [".output/server/index.mjs", "Shop/bin/Debug/Shop.dll"],
  },
  {
    name: "Python: tox with an extension built in place, pdm, stestr, testmon, JUnit reports, notebooks",
    files: {
      // From github/gitignore, Python.gitignore, and what these tools ask for.
      ".gitignore":
        "__pycache__/\n*.so\n.eggs/\n*.egg-info/\n.pdm-build/\n.stestr/\n.testmondata*\n*.cover\n" +
        "nosetests.xml\njunit.xml\n.dmypy.json\n.pytype/\n.pyre/\n.ipynb_checkpoints\n.jupyter_cache/\n.quarto/\nuv.lock\n",
      "shop/__init__.py": "",
    },
    action: byHand(
      "shop/fast.cpython-312-x86_64-linux-gnu.so",
      ".eggs/README.txt",
      "src/shop.egg-info/PKG-INFO",
      ".pdm-build/x",
      ".stestr/0",
      ".testmondata",
      ".testmondata-wal",
      "shop/__init__.py.cover",
      "nosetests.xml",
      "reports/junit.xml",
      ".dmypy.json",
      ".pytype/x",
      ".pyre/x",
      "notes/.ipynb_checkpoints/a-checkpoint.ipynb",
      ".jupyter_cache/x",
      ".quarto/x",
      "uv.lock",
    ),
    writes: [".testmondata", "shop/fast.cpython-312-x86_64-linux-gnu.so", "src/shop.egg-info/PKG-INFO"],
  },
  {
    name: "JavaScript: jest with a JUnit report, nx, wireit, SWC, Stryker, Cypress, VitePress",
    files: {
      ".gitignore": "node_modules\n*.log*\njunit.xml\n.nx/\n.wireit\n.swc\n.stryker-tmp\ncypress/videos\n" +
        "cypress/screenshots\ndocs/.vitepress/cache\n.vitest-reports\n",
      "package.json": '{ "name": "shop" }\n',
    },
    installed: { "node_modules/nx/index.js": "1;\n" },
    action: byHand(
      "junit.xml",
      ".nx/cache/1",
      ".nx/workspace-data/d.db",
      ".wireit/x",
      ".swc/plugins/x",
      ".stryker-tmp/sandbox/src/a.js",
      "cypress/videos/a.mp4",
      "cypress/screenshots/a.png",
      "docs/.vitepress/cache/deps/x.js",
      ".vitest-reports/blob-1.json",
      "npm-debug.log.1",
    ),
    writes: [".nx/workspace-data/d.db", "cypress/videos/a.mp4", "docs/.vitepress/cache/deps/x.js"],
  },
  {
    name: "Ruby: a gem and Rails",
    files: {
      // From bundle gem and rails new.
      ".gitignore":
        "/.bundle/\n/.yardoc\n/_yardoc/\n/coverage/\n/spec/reports/\n/tmp/\n/log/*\n/storage/*\n" +
        ".rspec_status\nGemfile.lock\n/config/master.key\n",
      "lib/shop.rb": "module Shop; end\n",
    },
    action: byHand(
      "coverage/.last_run.json",
      ".rspec_status",
      "spec/reports/a.xml",
      "tmp/cache/bootsnap/load-path-cache",
      "log/test.log",
      "storage/test.sqlite3",
      "storage/test.sqlite3-wal",
      ".yardoc/checksums",
      "Gemfile.lock",
    ),
    writes: [".rspec_status", "log/test.log", "tmp/cache/bootsnap/load-path-cache"],
  },
  {
    name: "PHP: PHPUnit, PHP CS Fixer, Laravel, Symfony",
    files: {
      ".gitignore": "/vendor\n.phpunit.result.cache\n/.phpunit.cache\n.php-cs-fixer.cache\n/var/\n" +
        "/storage/logs/*\n/storage/framework/views/*.php\n/bootstrap/cache/*.php\nclover.xml\n",
      "src/Price.php": "<?php\n",
    },
    installed: { "vendor/autoload.php": "<?php\n" },
    action: byHand(
      ".phpunit.result.cache",
      ".phpunit.cache/test-results",
      ".php-cs-fixer.cache",
      "var/cache/test/App_KernelTestDebugContainer.php",
      "var/log/test.log",
      "storage/logs/laravel.log",
      "storage/framework/views/1.php",
      "bootstrap/cache/packages.php",
      "clover.xml",
    ),
    writes: [".phpunit.result.cache", "var/cache/test/App_KernelTestDebugContainer.php"],
  },
  {
    name: "Dart and Flutter: a package, an app",
    files: {
      // From dart create and flutter create.
      ".gitignore": ".dart_tool/\npubspec.lock\nbuild/\n.flutter-plugins\n.flutter-plugins-dependencies\n" +
        "**/Flutter/ephemeral/\n**/Flutter/Generated.xcconfig\n**/Flutter/flutter_export_environment.sh\n" +
        "GeneratedPluginRegistrant.*\n/coverage/\n",
      "lib/shop.dart": "int gross(int net) => net * 2;\n",
    },
    action: byHand(
      ".dart_tool/package_config.json",
      "pubspec.lock",
      ".flutter-plugins",
      ".flutter-plugins-dependencies",
      "ios/Flutter/Generated.xcconfig",
      "ios/Flutter/flutter_export_environment.sh",
      "macos/Flutter/ephemeral/x",
      "ios/Runner/GeneratedPluginRegistrant.m",
      "coverage/lcov.info",
    ),
    writes: ["pubspec.lock", ".flutter-plugins-dependencies", "macos/Flutter/ephemeral/x"],
  },
  {
    name: "Elixir, Scala, Clojure, .NET, and Java with jqwik and shading",
    files: {
      ".gitignore": "/_build/\n/cover/\nerl_crash.dump\n/priv/plts/\n.bloop/\n.scala-build/\n.cpcache/\n" +
        "artifacts/\ncoverage*.xml\n*.binlog\n.jqwik-database\ndependency-reduced-pom.xml\n.flattened-pom.xml\n" +
        "hs_err_pid*\ntest-output/\n",
      "mix.exs": "\n",
    },
    action: byHand(
      "_build/test/lib/shop/ebin/a.beam",
      "cover/Elixir.Shop.html",
      "priv/plts/dialyzer.plt",
      "erl_crash.dump",
      ".bloop/shop.json",
      ".scala-build/x",
      ".cpcache/1.basis",
      "artifacts/bin/Shop/debug/Shop.dll",
      "coverage.cobertura.xml",
      "msbuild.binlog",
      ".jqwik-database",
      "dependency-reduced-pom.xml",
      ".flattened-pom.xml",
      "hs_err_pid42.log",
      "test-output/index.html",
    ),
    writes: [".jqwik-database", "artifacts/bin/Shop/debug/Shop.dll", "cover/Elixir.Shop.html"],
  },
  {
    name: "C in the folder of its source: CMake, autotools, Meson, Bazel; Rust with coverage",
    files: {
      // From github/gitignore, CMake.gitignore and Autotools.gitignore; Bazel's has /bazel-*.
      ".gitignore":
        "CMakeFiles\nCMakeCache.txt\ncmake_install.cmake\nCTestTestfile.cmake\ncompile_commands.json\n" +
        "Testing\n.deps/\n.libs/\n*.la\n*.lo\n*.so*\n*.d\nconfig.log\nconfig.status\nautom4te.cache\n" +
        "/builddir/\n/bazel-*\n*.profraw\nlcov.info\nmutants.out*\nCargo.lock\n",
      "main.c": "int main(void) { return 0; }\n",
    },
    action: `
      ${
      byHand(
        "CMakeFiles/main.dir/main.c.o",
        "CMakeCache.txt",
        "cmake_install.cmake",
        "CTestTestfile.cmake",
        "compile_commands.json",
        "Testing/Temporary/LastTest.log",
        ".deps/main.Po",
        ".libs/libshop.so.1.2",
        "libshop.la",
        "main.d",
        "config.log",
        "config.status",
        "autom4te.cache/requests",
        "builddir/build.ninja",
        "default_1.profraw",
        "lcov.info",
        "mutants.out/log",
        "Cargo.lock",
      )
    }
      mkdir -p "$HOME/bazel" && for each in bin out testlogs; do ln -sfn "$HOME/bazel" bazel-$each; done
      date +%N >bazel-out/made`,
    writes: ["Testing/Temporary/LastTest.log", "bazel-out", "config.status", "libshop.la", "Cargo.lock"],
  },
  {
    name: "Haskell, OCaml, Swift, Julia, Nim, Elm, Perl",
    files: {
      ".gitignore":
        ".hpc/\n*.tix\n*.hi\n*.cm[iox]\n*.annot\n_coverage/\n.build/\nPackage.resolved\n*.xcresult\n" +
        "*.jl.cov\n*.jl.*.cov\nnimcache/\nelm-stuff/\nblib/\ncover_db/\n",
      "README.md": "A shop.\n",
    },
    action: byHand(
      ".hpc/Main.mix",
      "tests.tix",
      "src/Main.hi",
      "src/shop.cmi",
      "src/shop.annot",
      "_coverage/index.html",
      ".build/debug/shop",
      "Package.resolved",
      "Test.xcresult/Info.plist",
      "src/Shop.jl.42.cov",
      "nimcache/x.c",
      "elm-stuff/0.19.1/d.dat",
      "blib/lib/Shop.pm",
      "cover_db/structure/1",
    ),
    writes: ["tests.tix", "Package.resolved", "src/Shop.jl.42.cov", "elm-stuff/0.19.1/d.dat"],
  },
];
