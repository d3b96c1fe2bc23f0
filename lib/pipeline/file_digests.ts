import * as z from "zod/mini";
import { sha256Of } from "../base/digest.ts";

/**
 * By the name of a file the digests that it may have, null where it need not be there. More than one while it is written: killed
 * at whatever moment, it holds one of them.
 */
export const FileDigestsSchema = z.record(z.string(), z.array(z.nullable(z.string())));
export type FileDigests = Map<string, readonly (string | null)[]>;

/** The digest of a file; null if nothing stands there, "" if it is no file or cannot be read. */
export function digestOf(file: string): string | null {
  try {
    return Deno.lstatSync(file).isFile ? sha256Of(Deno.readFileSync(file)) : "";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? null : "";
  }
}

/** Digests as they were written down; undefined if the file is no such document. */
export async function readDigests(file: string): Promise<FileDigests | undefined> {
  try {
    return new Map(Object.entries(FileDigestsSchema.parse(JSON.parse(await Deno.readTextFile(file)))));
  } catch {
    return undefined;
  }
}
