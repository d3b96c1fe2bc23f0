import * as z from "zod/mini";
import { FindingSchema } from "../codex/answer.ts";
import { PolicySchema } from "../records/policy.ts";
import { ResultSchema } from "../records/result.ts";
import { STAGE_STATUSES } from "./plan.ts";

const ReasonSchema = z.object({ condition: z.string(), found: z.string() });

const FailureSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("findings"), findings: z.array(FindingSchema) }),
  z.object({
    kind: z.literal("check"),
    command: z.string(),
    exit: z.nullable(z.number()),
    output: z.string(),
  }),
  z.object({ kind: z.literal("reasons"), reasons: z.array(ReasonSchema) }),
]);

/** One run of a stage, from its start to its gate. */
export const AttemptSchema = z.object({
  stage: z.string(),
  /** Counted from 1; a stage that is repeated for a failure of the network keeps its round. */
  round: z.number(),
  /** `repeated`: a failure of the network or of capacity, after which it was run again. */
  status: z.enum(["passed", "failed", "violated", "interrupted", "repeated"]),
  run_dir: z.nullable(z.string()),
  started_at: z.string(),
  duration_ms: z.number(),
  /** Input and output tokens; null if Codex did not say. */
  tokens: z.nullable(z.number()),
  reasons: z.array(ReasonSchema),
  failure: z.nullable(FailureSchema),
  policy: z.nullable(PolicySchema),
  result: z.nullable(ResultSchema),
});

export const StageStateSchema = z.object({
  id: z.string(),
  status: z.enum(STAGE_STATUSES),
  round: z.number(),
  /** Its gate said no and `on_fail: continue` lets what needs it go on. */
  continued: z.boolean(),
  /** Why it stands as it does, in a sentence, where that is not plain. */
  note: z.nullable(z.string()),
});

export const PIPELINE_STATUSES = [
  "running",
  "passed",
  "failed",
  "violated",
  "waiting",
  "interrupted",
] as const;

/** state.json: how far a pipeline has come. It is written after every step. */
export const PipelineStateSchema = z.object({
  schema: z.literal(1),
  id: z.string(),
  name: z.string(),
  status: z.enum(PIPELINE_STATUSES),
  exit_code: z.number(),
  started_at: z.string(),
  /** Milliseconds in which stages ran, over all resumptions. */
  active_ms: z.number(),
  workdir: z.string(),
  repository: z.string(),
  /** The file as it was named, and the digest of what it held. */
  file: z.string(),
  file_digest: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  stages: z.array(StageStateSchema),
  attempts: z.array(AttemptSchema),
  /** How often each stage sent the pipeline back. */
  returns: z.record(z.string(), z.number()),
  /** The stage that stopped it, and how to go on. */
  stopped_by: z.nullable(z.object({
    stage: z.nullable(z.string()),
    status: z.enum(STAGE_STATUSES),
    exit_code: z.number(),
    why: z.string(),
    reasons: z.array(ReasonSchema),
    run_dir: z.nullable(z.string()),
    next: z.string(),
  })),
});

export type Attempt = z.infer<typeof AttemptSchema>;
export type StageState = z.infer<typeof StageStateSchema>;
export type PipelineState = z.infer<typeof PipelineStateSchema>;
export type PipelineStatus = PipelineState["status"];
