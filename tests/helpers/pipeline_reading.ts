import assert from "node:assert/strict";
import type { Pipeline, Stage } from "../../lib/pipeline/pipeline.ts";
import { type PipelineReading, readPipeline } from "../../lib/pipeline/read/read_pipeline.ts";
import type { Problem } from "../../lib/base/errors.ts";

export type Packets = Readonly<Record<string, string>>;

/** Reads a pipeline's text, with the packets that it names in memory. */
export function reading(text: string, packets: Packets = {}): PipelineReading {
  return readPipeline(text, {
    file: "p.yaml",
    readPacketFile: (path) => {
      const found = packets[path];
      return found === undefined ? { refused: "it does not exist." } : { file: path, text: found };
    },
  });
}

/** A pipeline in which nothing is wrong. */
export function pipelineOf(text: string, packets: Packets = {}): Pipeline {
  const { pipeline, problems } = reading(text, packets);
  assert.deepEqual(problems, []);
  assert.ok(pipeline);
  return pipeline;
}

/** The stage of an id, of a kind. */
export function stageOf<K extends Stage["kind"]>(
  { stages }: Pipeline,
  id: string,
  kind: K,
): Extract<Stage, { kind: K }> {
  const stage = stages.find((one) => one.id === id);
  assert.equal(stage?.kind, kind);
  return stage as Extract<Stage, { kind: K }>;
}

/** A text without the marks « and », and the places that they stood around, as `line:column+length`. */
export function unmarked(marked: string): { text: string; places: string[] } {
  const places: string[] = [];
  let text = "";
  for (const piece of marked.split(/(«[^»]*»)/)) {
    const bare = piece.replace(/[«»]/g, "");
    if (piece.startsWith("«")) {
      const before = text.split("\n");
      places.push(`${before.length}:${(before.at(-1) ?? "").length + 1}+${bare.length}`);
    }
    text += bare;
  }
  return { text, places };
}

/** Where problems point, as `line:column+length`. */
export function placesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ line, column, snippet }) => `${line}:${column}+${snippet?.length}`);
}
