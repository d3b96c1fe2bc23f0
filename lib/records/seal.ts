import * as path from "node:path";
import type { Seal } from "./seal_schema.ts";
import { type StagedFile, stageWhole } from "./write_file.ts";
import { renderJson } from "../base/render_json.ts";

/** The seal of a run; undefined if this machine has none, or none that can be read. */
export async function readSeal(state: string, runId: string): Promise<Seal | undefined> {
  try {
    // Only who reads one loads the schema: a dispatch writes its own.
    const { SealSchema } = await import("./seal_schema.ts");
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
