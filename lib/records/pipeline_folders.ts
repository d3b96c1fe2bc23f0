import * as path from "node:path";
import { RECORDS_FOLDER } from "./folders.ts";
import { sha256Of } from "../base/digest.ts";

/** Whether a folder's name is that of a pipeline: no run is called so. */
export function isPipelineId(name: string): boolean {
  return /^\d{8}-\d{9}-pipeline-[a-z0-9-]+-[0-9a-f]{8}$/.test(name);
}

/** The folder that holds the pipelines of a WORKDIR. */
export function pipelinesFolder(workdir: string): string {
  return path.join(workdir, RECORDS_FOLDER, "pipelines");
}

/** Where a pipeline is kept out of a worker's reach. */
export function keptFolderOf(state: string, id: string): string {
  return path.join(state, "pipelines", id);
}

/** In the kept folder: how far the pipeline has come, and of each file the digest, of one that is just written both. */
export const PIPELINE_STATE = "state.json";
export const PIPELINE_DIGESTS = "digests.json";

/** Whether a file of a pipeline in the tree is one that the pipeline wrote there, by the word of its kept folder. */
export function isOfPipeline(file: string, state: string): boolean {
  const folder = path.dirname(file);
  const kept = keptFolderOf(state, path.basename(folder));
  try {
    const { workdir }: { workdir?: unknown } = readJson(path.join(kept, PIPELINE_STATE));
    if (typeof workdir !== "string" || path.dirname(folder) !== pipelinesFolder(workdir)) return false;
    let before: string | undefined;
    while (true) {
      // Read before the digests: what is written next is noted there first.
      const digest = digestOf(file);
      if (digest === undefined) return false;
      const known = readJson(path.join(kept, PIPELINE_DIGESTS))[path.basename(file)];
      if (Array.isArray(known) && known.includes(digest)) return true;
      // Else it was written anew before they were read.
      if (digest === before) return false;
      before = digest;
    }
  } catch (error) {
    // It was being written while the tree was read, and has its name since.
    return error instanceof Deno.errors.NotFound && /^\..+\.[0-9a-f]{8}$/.test(path.basename(file));
  }
}

/** The digest of a file; undefined if it is none. */
function digestOf(file: string): string | undefined {
  return Deno.lstatSync(file).isFile ? sha256Of(Deno.readFileSync(file)) : undefined;
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  const document: unknown = JSON.parse(Deno.readTextFileSync(file));
  return typeof document === "object" && document !== null ? { ...document } : {};
}
