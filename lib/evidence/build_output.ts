import type { TreePath } from "../base/tree_path.ts";

/**
 * Build output and caches that a run may write where git ignored them before it: what compilers, test runners and tools
 * leave behind when they are only used. Folders of that name at any depth, with all below.
 */
export const BUILD_FOLDERS: readonly string[] = [
  // Python
  "__pycache__",
  ".pytest_cache",
  ".mypy_cache",
  ".pytype",
  ".pyre",
  ".ruff_cache",
  ".tox",
  ".nox",
  ".hypothesis",
  ".stestr",
  ".eggs",
  ".pdm-build",
  "htmlcov",
  ".ipynb_checkpoints",
  ".jupyter_cache",
  ".benchmarks",
  // JavaScript
  ".next",
  ".nuxt",
  ".output",
  ".nitro",
  ".vinxi",
  ".astro",
  ".docusaurus",
  ".vitepress/cache",
  ".react-router",
  ".svelte-kit",
  ".wxt",
  ".turbo",
  ".nx",
  ".wireit",
  ".swc",
  ".parcel-cache",
  ".sass-cache",
  ".nyc_output",
  ".vite",
  ".vitest-reports",
  ".stryker-tmp",
  ".angular",
  ".shadow-cljs",
  "dist-ssr",
  "storybook-static",
  "playwright-report",
  "blob-report",
  "test-results",
  "cypress/videos",
  "cypress/screenshots",
  "cypress/downloads",
  "cdk.out",
  // Ruby and PHP
  "spec/reports",
  ".yardoc",
  "_yardoc",
  "tmp/cache",
  "tmp/capybara",
  "tmp/miniprofiler",
  "tmp/pids",
  "tmp/screenshots",
  "tmp/sockets",
  ".jekyll-cache",
  ".phpunit.cache",
  "bootstrap/cache",
  "storage/framework",
  "storage/logs",
  "var/cache",
  "var/log",
  // The virtual machines of Java, .NET and Erlang
  "test-output",
  ".kotlin",
  ".bsp",
  ".bloop",
  ".scala-build",
  ".cpcache",
  "TestResults",
  "BenchmarkDotNet.Artifacts",
  "cover",
  // C, and what is compiled like it
  "CMakeFiles",
  "Testing/Temporary",
  "builddir",
  ".deps",
  ".libs",
  "autom4te.cache",
  ".pio",
  "nimcache",
  "zig-cache",
  ".zig-cache",
  "zig-out",
  "mutants.out",
  // Swift, Haskell, OCaml, Elm, Perl
  ".build",
  "DerivedData",
  "dist-newstyle",
  ".stack-work",
  ".hpc",
  "_coverage",
  "elm-stuff",
  "blib",
  "cover_db",
  // Flutter
  "Flutter/ephemeral",
  // Any
  "coverage",
  "dist",
  "build",
  "out",
  "_build",
  "target",
  "bin",
  "obj",
  ".gradle",
  ".dart_tool",
  ".cache",
  ".task",
  ".quarto",
  "allure-results",
  "test-reports",
];

/** Folders of installed packages, which hold folders of such names too: of these only caches are build output. */
export const DEPENDENCY_FOLDERS: readonly string[] = [
  "node_modules",
  "site-packages",
  ".venv",
  "venv",
  "env",
  "ENV",
  "virtualenv",
  "__pypackages__",
  ".pixi",
  "vendor",
  "bower_components",
  "Pods",
  "_opam",
  ".terraform",
];

/** The same right below `node_modules`: the caches, not the packages. */
export const NODE_MODULES_FOLDERS: readonly string[] = [".cache", ".vite", ".vite-temp", ".vitest", ".tmp"];

/** The same for single files. Locks of dependencies are here that a tool writes when it only runs the tests. */
export const BUILD_FILES: readonly string[] = [
  ".eslintcache",
  ".stylelintcache",
  "next-env.d.ts",
  ".dmypy.json",
  "nosetests.xml",
  "junit.xml",
  "clover.xml",
  "cobertura.xml",
  "lcov.info",
  "profile.cov",
  ".rspec_status",
  "test.log",
  ".jekyll-metadata",
  ".hugo_build.lock",
  ".phpunit.result.cache",
  ".php-cs-fixer.cache",
  ".php_cs.cache",
  ".phpcs-cache",
  ".jqwik-database",
  "dependency-reduced-pom.xml",
  ".flattened-pom.xml",
  "erl_crash.dump",
  "CMakeCache.txt",
  "CTestTestfile.cmake",
  "cmake_install.cmake",
  "compile_commands.json",
  "config.log",
  "config.status",
  ".flutter-plugins",
  ".flutter-plugins-dependencies",
  "Generated.xcconfig",
  "flutter_export_environment.sh",
  "Cargo.lock",
  "Gemfile.lock",
  "Package.resolved",
  "go.work.sum",
  "pubspec.lock",
  "uv.lock",
  ".DS_Store",
  "Thumbs.db",
];

/** The same for folders and links whose name has a changing part. */
export const BUILD_FOLDER_NAMES: readonly RegExp[] = [
  /\.(?:egg-info|dSYM|xcresult)$/,
  /^bazel-[\w.-]+$/,
  /^cmake-build-.+$/,
];

/**
 * The same for files. Programs and libraries that are ready to be run are not here: whoever keeps one under an ignored name may
 * run it next.
 */
export const BUILD_FILE_NAMES: readonly RegExp[] = [
  /\.(?:tsbuildinfo|binlog|trx|coverage(?:xml)?|coverprofile|cover|beam|plt(?:\.hash)?)$/,
  /\.(?:py[co]|o|obj|a|la|lo|pdb|d|dwo|gch|pch|class|test|out)$/,
  /\.(?:gcda|gcno|gcov|prof|profraw|profdata|hi|hie|dyn_hi|dyn_o|tix|eventlog|cm(?:i|o|x|a|xa|xs|t|ti)|annot)$/,
  /\.jl\.(?:\d+\.)?(?:cov|mem)$/,
  // What Python imports, and nobody runs: a build in place leaves it beside its source.
  /\.(?:cpython-\d+|cp\d+|abi3)[\w-]*\.(?:so|pyd)$/,
  /^\.coverage(?:\..*)?$/,
  /^cover(?:age)?(?:\.\w+)?\.(?:xml|json|lcov|info|txt|html)$/,
  /^test\.sqlite3(?:-\w+)?$/,
  /^(?:npm|yarn|pnpm|lerna)-(?:debug|error)\.log/,
  /^(?:hs_err|replay)_pid\d+\.log$/,
  /^\.testmondata/,
  /^\.ghc\.environment\./,
  /^GeneratedPluginRegistrant\./,
];

/** Whether a path, from the repository's root, is build output by its name. Never a file of secrets (`.env*`). Pure. */
export function isBuildOutput(path: TreePath): boolean {
  if (isSecret(path)) return false;
  const parts = path.replace(/\/$/, "").split("/");
  const isFile = !path.endsWith("/");
  for (const [at, part] of parts.entries()) {
    // A build copies packages into its output, and a package has a `dist` of its own: what comes first decides.
    if (DEPENDENCY_FOLDERS.includes(part)) return isPackageCache(parts.slice(at));
    if (NAMES.has(part) || NAMES.has(`${part}/${parts[at + 1]}`)) return true;
    const names = isFile && at === parts.length - 1 ? ANY_NAMES : BUILD_FOLDER_NAMES;
    if (names.some((name) => name.test(part))) return true;
  }
  return false;
}

const ANY_NAMES: readonly RegExp[] = [...BUILD_FOLDER_NAMES, ...BUILD_FILE_NAMES];

const NAMES: ReadonlySet<string> = new Set([...BUILD_FOLDERS, ...BUILD_FILES]);

function isPackageCache(parts: readonly string[]): boolean {
  return parts.some((part, at) =>
    part === "__pycache__" || part === "node_modules" && NODE_MODULES_FOLDERS.includes(parts[at + 1] ?? "")
  );
}

/** Files that hold secrets by custom, and what lies in folders of that name: a pattern never stands for them. */
export function isSecret(path: TreePath): boolean {
  return /(^|\/)\.env[^/]*(\/|$)/.test(path);
}
