import type { PlainSchema } from "./fits_schema.ts";

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;

/** An object that is closed and of which every key is required: the server takes no other schema. */
function closed(properties: Readonly<Record<string, PlainSchema>>): PlainSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/**
 * The schema that is handed to Codex as `--output-schema`: that of `answer.ts`, written out so that no validator need be loaded.
 * A test holds the two together.
 */
export const ANSWER_JSON_SCHEMA: PlainSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...closed({
    result: { type: "string", enum: ["done", "blocked", "partial", "findings-only"] },
    verdict: { type: "string", enum: ["pass", "fail", "inconclusive", "none"] },
    summary: text,
    changed_files: texts,
    verification_run: {
      type: "array",
      items: closed({ command: text, exit_code: { type: ["number", "null"] }, outcome: text }),
    },
    evidence: texts,
    findings: {
      type: "array",
      items: closed({
        severity: { type: "string", enum: ["critical", "high", "medium", "low", "info"] },
        title: text,
        body: text,
        file: { type: ["string", "null"] },
        line: { type: ["number", "null"] },
        recommendation: text,
      }),
    },
    risks: texts,
    next: text,
  }),
};
