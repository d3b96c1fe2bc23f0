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
  ".ruff_cache",
  ".tox",
  ".nox",
  ".hypothesis",
  "htmlcov",
  ".ipynb_checkpoints",
  ".benchmarks",
  // JavaScript
  ".next",
  ".nuxt",
  ".output",
  ".nitro",
  ".astro",
  ".docusaurus",
  ".react-router",
  ".svelte-kit",
  ".turbo",
  ".parcel-cache",
  ".nyc_output",
  ".vite",
  ".angular",
  "dist-ssr",
  "storybook-static",
  "playwright-report",
  "blob-report",
  "test-results",
  // Other languages
  "TestResults",
  ".kotlin",
  ".build",
  "dist-newstyle",
  ".stack-work",
  ".bsp",
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
  "zig-cache",
  ".zig-cache",
  "zig-out",
  "DerivedData",
];

/** Folders of installed packages, which hold folders of such names too: of these only caches are build output. */
export const DEPENDENCY_FOLDERS: readonly string[] = [
  "node_modules",
  "site-packages",
  ".venv",
  "venv",
  "env",
  "vendor",
];

/** The same right below `node_modules`: the caches, not the packages. */
export const NODE_MODULES_FOLDERS: readonly string[] = [".cache", ".vite", ".vite-temp", ".vitest", ".tmp"];

/** The same for single files, and for folders whose name has a changing part. */
export const BUILD_NAMES: readonly RegExp[] = [
  /\.egg-info$/,
  /^\.coverage(?:\..*)?$/,
  /^\.eslintcache$/,
  /^\.stylelintcache$/,
  /\.tsbuildinfo$/,
  /\.py[co]$/,
  /^coverage\.(?:xml|json|lcov|out)$/,
  /^next-env\.d\.ts$/,
  /\.(?:o|obj|class|gcda|gcno)$/,
  /^\.DS_Store$/,
  /^Thumbs\.db$/,
  /^cmake-build-.+$/,
];

/** Whether a path, from the repository's root, is build output by its name. Never a file of secrets (`.env*`). Pure. */
export function isBuildOutput(path: TreePath): boolean {
  if (isSecret(path)) return false;
  const parts = path.replace(/\/$/, "").split("/");
  for (const [at, part] of parts.entries()) {
    // A build copies packages into its output, and a package has a `dist` of its own: what comes first decides.
    if (DEPENDENCY_FOLDERS.includes(part)) return isPackageCache(parts.slice(at));
    if (BUILD_FOLDERS.includes(part) || BUILD_NAMES.some((name) => name.test(part))) return true;
  }
  return false;
}

function isPackageCache(parts: readonly string[]): boolean {
  return parts.some((part, at) =>
    part === "__pycache__" || part === "node_modules" && NODE_MODULES_FOLDERS.includes(parts[at + 1] ?? "")
  );
}

/** Files that hold secrets by custom, and what lies in folders of that name: a pattern never stands for them. */
export function isSecret(path: TreePath): boolean {
  return /(^|\/)\.env[^/]*(\/|$)/.test(path);
}
