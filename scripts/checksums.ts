import * as path from "node:path";
import { sha256OfFile } from "../lib/base/digest.ts";

/** Writes checksums.txt into the folder, in the form that `sha256sum --check` reads and the installers do. */
export async function writeChecksums(folder: string, files: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const file of files) lines.push(`${await sha256OfFile(path.join(folder, file))}  ${file}\n`);
  await Deno.writeTextFile(path.join(folder, "checksums.txt"), lines.join(""));
}
