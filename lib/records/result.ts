import * as z from "zod/mini";
import { AnswerSchema } from "../codex/answer.ts";
import { RUN_MODES } from "./run_id.ts";

export const RUN_STATUSES = [
  "accepted",
  "violation",
  "failed",
  "blocked",
  "refused",
  "dry-run",
  "interrupted",
] as const;

/** result.json: how the run ended and what Codex answered. Unknown keys of later versions are kept. */
export const ResultSchema = z.looseObject({
  schema: z.literal(1),
  run_id: z.string(),
  mode: z.enum(RUN_MODES),
  status: z.enum(RUN_STATUSES),
  exit_code: z.number(),
  codex_exit_code: z.nullable(z.number()),
  policy_violation: z.boolean(),
  accepted: z.boolean(),
  started_at: z.string(),
  duration_ms: z.number(),
  /** Of the wait for the work tree, which is no part of the duration. */
  waited_ms: z.optional(z.number()),
  usage: z.nullable(z.record(z.string(), z.number())),
  thread_id: z.nullable(z.string()),
  codex_version: z.nullable(z.string()),
  commands: z.array(z.object({
    command: z.string(),
    exit_code: z.nullable(z.number()),
    /** Beginning and end of what it printed, for commands that codex-dispatch ran itself. */
    output: z.optional(z.string()),
  })),
  answer: z.nullable(AnswerSchema),
  /** The answer's own word, as in 0.1.1; null where there is no answer. */
  result: z.nullable(z.string()),
});

export type RunStatus = (typeof RUN_STATUSES)[number];
export type Result = z.infer<typeof ResultSchema>;
