import * as z from "zod/mini";
import { DispatchError } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { renderJson } from "../base/render_json.ts";
import type { Pipeline } from "./pipeline.ts";
import { readPipeline } from "./read/read_pipeline.ts";
import type { StateStore } from "./state_store.ts";

const FILE = "pipeline.yaml";
const PACKETS = "packets.json";

/** Keeps a pipeline as it was when it started: its file, and the packets that it names. */
export async function freezePipeline(
  store: StateStore,
  { text }: Pipeline,
  packets: ReadonlyMap<string, string>,
): Promise<void> {
  await store.write(FILE, text);
  await store.write(PACKETS, renderJson([...packets]));
}

/** The pipeline as it was when it started. */
export async function frozenPipeline(store: StateStore, file: string): Promise<Pipeline> {
  const packets = new Map(PacketsSchema.parse(JSON.parse(await store.read(PACKETS))));
  const { pipeline, problems } = readPipeline(await store.read(FILE), {
    file,
    readPacketFile: (name) => {
      const text = packets.get(name);
      return text === undefined ? { refused: `The packet "${name}" was not kept.` } : { file: name, text };
    },
  });
  if (!pipeline) throw new DispatchError(EXIT.badInput, problems);
  return pipeline;
}

const PacketsSchema = z.array(z.tuple([z.string(), z.string()]));
