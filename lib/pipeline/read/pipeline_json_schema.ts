import * as z from "zod";
import { PipelineSchema } from "./pipeline_schema.ts";

/** The JSON Schema of a pipeline file, for editors: what a key takes, not what it names. `pipelines/pipeline.schema.json` holds it. */
export function pipelineJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(PipelineSchema, { io: "input" });
  return { ...schema, title: "A pipeline of codex-dispatch" };
}
