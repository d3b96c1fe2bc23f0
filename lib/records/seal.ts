import * as path from "node:path";
import * as z from "zod";
import { renderJson, writeWhole } from "./write_file.ts";
import { sha256OfFile } from "../base/digest.ts";

/**
 * What is known of a run outside of its folder: the digests of its artifacts and of the files it left changed. A worker that
 * rewrites an old run's folder does not reach this.
 */
const SealSchema = z.object({
  run_dir: z.string(),
  repository: z.string(),
  ended_at: z.number(),
  artifacts: z.record(z.string(), z.string()),
  /** What the run left of each path in its patch: a digest, a link's target, or null where nothing stands. */
  left: z.record(z.string(), z.string().nullable()),
});

export type Seal = z.infer<typeof SealSchema>;

export async function writeSeal(state: string, runId: string, seal: Seal): Promise<void> {
  await Deno.mkdir(path.join(state, "runs"), { recursive: true, mode: 0o700 });
  await writeWhole(sealFile(state, runId), renderJson(seal));
}

/** The seal of a run; undefined if this machine has none, or none that can be read. */
export async function readSeal(state: string, runId: string): Promise<Seal | undefined> {
  try {
    return SealSchema.parse(JSON.parse(await Deno.readTextFile(sealFile(state, runId))));
  } catch {
    return undefined;
  }
}

/** SHA-256 of every file in a run directory, by name; of a very large one its size stands for it. */
export async function digestFolder(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const entry of Deno.readDir(folder)) {
    // The orchestrator's own word stands beside the record, and comes later.
    if (entry.name === "review.json") continue;
    const file = path.join(folder, entry.name);
    digests[entry.name] = entry.isFile ? await digestFile(file) : "no regular file";
  }
  return digests;
}

/** A record of events can have gigabytes, which would be read once more at the end of every run. */
const MOST_DIGESTED = 64 * 1024 * 1024;

async function digestFile(file: string): Promise<string> {
  try {
    const { size } = await Deno.lstat(file);
    return size > MOST_DIGESTED ? `${size} bytes` : await sha256OfFile(file);
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

function sealFile(state: string, runId: string): string {
  return path.join(state, "runs", `${runId}.json`);
}
