import * as z from "zod";
import type { CliContext } from "../context.ts";
import { ANSWER_JSON_SCHEMA } from "../../codex/answer_schema.ts";
import { pipelineJsonSchema } from "../../pipeline/read/pipeline_json_schema.ts";
import { PolicySchema } from "../../records/policy.ts";
import { ResultSchema } from "../../records/result.ts";
import { badInput } from "../../base/errors.ts";
import { EXIT, type ExitCode } from "../../base/exit_codes.ts";
import { nearest } from "../../base/text.ts";
import { renderJson } from "../../base/render_json.ts";

const SCHEMAS: Readonly<Record<string, () => unknown>> = {
  pipeline: pipelineJsonSchema,
  policy: () => z.toJSONSchema(PolicySchema),
  result: () => z.toJSONSchema(ResultSchema),
  answer: () => ANSWER_JSON_SCHEMA,
};

/** `schema NAME`: the JSON Schema of a document that codex-dispatch reads or writes. */
export function schemaCommand(name: string, context: CliContext): ExitCode {
  const names = Object.keys(SCHEMAS);
  const schema = names.includes(name) ? SCHEMAS[name] : undefined;
  if (!schema) {
    const meant = nearest(name.toLowerCase(), names);
    const remedy = meant === undefined ? `There is ${names.join(", ")}.` : `Did you mean ${meant}?`;
    throw badInput("schema", `There is no schema "${name}". ${remedy}`);
  }
  context.stdout(renderJson(schema()));
  return EXIT.accepted;
}
