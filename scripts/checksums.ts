import { createHash } from "node:crypto";
import * as path from "node:path";

/** Writes checksums.txt into the folder, in the form that `sha256sum --check` reads and the installers do. */
export async function writeChecksums(folder: string, files: readonly string[]): Promise<void> {
  const lines = await Promise.all(files.map(async (file) => {
    const hash = createHash("sha256");
    using opened = await Deno.open(path.join(folder, file));
    for await (const part of opened.readable) hash.update(part);
    return `${hash.digest("hex")}  ${file}\n`;
  }));
  await Deno.writeTextFile(path.join(folder, "checksums.txt"), lines.join(""));
}
