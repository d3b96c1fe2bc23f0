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
  // JavaScript
  ".next",
  ".nuxt",
  ".svelte-kit",
  ".turbo",
  ".parcel-cache",
  ".nyc_output",
  ".vite",
  ".angular",
  "storybook-static",
  "playwright-report",
  "test-results",
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

/** The same below `node_modules`: the caches, not the packages. */
export const NODE_MODULES_FOLDERS: readonly string[] = [".cache", ".vite", ".vite-temp", ".vitest", ".tmp"];

/** The same for single files, and for folders whose name has a changing part. */
export const BUILD_NAMES: readonly RegExp[] = [
  /\.egg-info$/,
  /^\.coverage(?:\..*)?$/,
  /^\.eslintcache$/,
  /^\.stylelintcache$/,
  /\.tsbuildinfo$/,
  /\.py[co]$/,
  /^\.DS_Store$/,
  /^Thumbs\.db$/,
  /^cmake-build-.+$/,
];

/** Whether a path, from the repository's root, is build output by its name. Never a file of secrets (`.env*`). Pure. */
export function isBuildOutput(path: TreePath): boolean {
  const parts = path.replace(/\/$/, "").split("/");
  if (isSecret(path)) return false;
  const modules = parts.lastIndexOf("node_modules");
  if (modules >= 0) return NODE_MODULES_FOLDERS.includes(parts[modules + 1] ?? "");
  return parts.some((part) => BUILD_FOLDERS.includes(part) || BUILD_NAMES.some((name) => name.test(part)));
}

/** Files that hold secrets by custom: a pattern never stands for them, only their name does. */
export function isSecret(path: TreePath): boolean {
  return /(^|\/)\.env[^/]*\/?$/.test(path);
}
