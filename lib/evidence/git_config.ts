import * as path from "node:path";
import { decodePath } from "../base/tree_path.ts";

/** What git is configured to do, and where that stands. */
export interface GitConfig {
  /** The last value of each key; keys in lower case but for the part between the dots. */
  readonly values: ReadonlyMap<string, string>;
  /** The files that values come from, as git names them, and those that they include, whether they exist or not. */
  readonly files: readonly string[];
}

export const CONFIG_ARGS = ["config", "--list", "--show-origin", "--includes", "-z"] as const;

/** Reads `git config --list --show-origin -z`: origin, then key and value apart by a newline. Source: git-config(1). */
export function parseConfig(output: Uint8Array): GitConfig {
  const values = new Map<string, string>();
  const files = new Set<string>();
  const records = decodePath(output).split("\0");
  for (let i = 0; i + 1 < records.length; i += 2) {
    const [origin = "", entry = ""] = [records[i], records[i + 1]];
    const file = origin.startsWith("file:") ? origin.slice("file:".length) : undefined;
    const newline = entry.indexOf("\n");
    const key = newline < 0 ? entry : entry.slice(0, newline);
    // A key without a value is a true boolean.
    const value = newline < 0 ? "true" : entry.slice(newline + 1);
    // What stands in no file is our own, given with the command.
    if (file === undefined) continue;
    values.set(key, value);
    files.add(file);
    if (/^include(?:if\..*)?\.path$/s.test(key)) {
      files.add(/^[~/]/.test(value) ? value : path.join(path.dirname(file), value));
    }
  }
  return { values, files: [...files] };
}

/** The names of the filter drivers that are configured. */
export function filterNames(config: GitConfig): string[] {
  const names = new Set<string>();
  for (const key of config.values.keys()) {
    const name = /^filter\.(.*)\.[^.]+$/s.exec(key)?.[1];
    if (name !== undefined) names.add(name);
  }
  return [...names];
}
