import * as path from "node:path";
import { ARTIFACTS } from "./artifacts.ts";
import { REVIEW_FILE } from "./review_file.ts";
import { sha256OfFile } from "../base/digest.ts";

/** SHA-256 of every file in a run directory, by name; of a very large record of events its size stands for it. */
export async function digestFolder(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const entry of Deno.readDir(folder)) {
    // The orchestrator's own word stands beside the record, comes later, and is held against its own copy.
    if (entry.name === REVIEW_FILE) continue;
    const file = path.join(folder, entry.name);
    digests[entry.name] = entry.isFile ? await digestFile(file, entry.name) : "no regular file";
  }
  return digests;
}

/** A record of events can have gigabytes, which would be read once more at the end of every run. */
const MOST_OF_EVENTS = 64 * 1024 * 1024;
/** More than any other artifact can have. */
const MOST_OF_ANOTHER = 1024 * 1024 * 1024;

async function digestFile(file: string, name: string): Promise<string> {
  try {
    const { size } = await Deno.lstat(file);
    const most = name === ARTIFACTS.events ? MOST_OF_EVENTS : MOST_OF_ANOTHER;
    return size > most ? `${size} bytes` : await sha256OfFile(file);
  } catch {
    return "unreadable";
  }
}

/** The names whose digests differ from the seal's, with what happened to each. Pure. */
export function brokenSeals(
  sealed: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(sealed), ...Object.keys(found)])].sort().flatMap((name) => {
    if (sealed[name] === found[name]) return [];
    return [
      `${name} ${
        found[name] === undefined ? "is missing" : sealed[name] === undefined ? "was added" : "was changed"
      }`,
    ];
  });
}
