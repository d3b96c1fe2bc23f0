import * as path from "node:path";
import * as z from "zod/mini";
import { renderJson, type StagedFile, stageWhole } from "./write_file.ts";

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
  left: z.record(z.string(), z.nullable(z.string())),
});

export type Seal = z.infer<typeof SealSchema>;

/** The seal of a run; undefined if this machine has none, or none that can be read. */
export async function readSeal(state: string, runId: string): Promise<Seal | undefined> {
  try {
    return SealSchema.parse(JSON.parse(await Deno.readTextFile(sealFile(state, runId))));
  } catch {
    return undefined;
  }
}

/** Holds ready what is known of a run outside of its folder. */
export async function stageSealFile(state: string, runId: string, seal: Seal): Promise<StagedFile> {
  await Deno.mkdir(path.join(state, "runs"), { recursive: true, mode: 0o700 });
  return stageWhole(sealFile(state, runId), renderJson(seal));
}

/** Where the seal of a run stands. */
export function sealFile(state: string, runId: string): string {
  return path.join(state, "runs", `${runId}.json`);
}
