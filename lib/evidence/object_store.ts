import type { GitFolder } from "./git_folder.ts";

/**
 * The names in a repository's object store, as far as they show that something was taken out of it: the folders of loose
 * objects, and the packs. A few hundred at most, whatever the store holds.
 */
export function listObjects(folder: GitFolder): string {
  return ["", "/pack"].map((place) => {
    try {
      return [...Deno.readDirSync(`${folder.shared}/objects${place}`)].map(({ name }) => name).sort().join(
        "\n",
      );
    } catch {
      return "none";
    }
  }).join("\n\n");
}
