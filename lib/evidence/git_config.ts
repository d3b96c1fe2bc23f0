import { decodePath } from "../base/tree_path.ts";

/** What git is configured to do, and where that stands. */
export interface GitConfig {
  /** The last value of each key; keys in lower case but for the part between the dots. */
  readonly values: ReadonlyMap<string, string>;
  /** The files that values come from, included ones among them, as git names them. */
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
    if (origin.startsWith("file:")) files.add(origin.slice("file:".length));
    const newline = entry.indexOf("\n");
    // A key without a value is a true boolean.
    values.set(
      newline < 0 ? entry : entry.slice(0, newline),
      newline < 0 ? "true" : entry.slice(newline + 1),
    );
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
