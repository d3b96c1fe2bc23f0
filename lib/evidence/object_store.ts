import type { Walker } from "./entry.ts";

/**
 * What shows that something was taken out of a repository's object store: when each folder of loose objects was last added to or
 * taken from, and the packs. A few hundred names at most, whatever the store holds.
 */
export async function listObjects(gitFolder: string, walker: Walker): Promise<string> {
  try {
    const entries = await walker.walk(`${gitFolder}/objects`, (name) => name !== "pack");
    return [...entries].map(([name, { kind, size, mtime }]) => `${name} ${kind === "folder" ? mtime : size}`)
      .sort().join("\n");
  } catch {
    return "none";
  }
}
