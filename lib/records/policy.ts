import * as z from "zod/mini";
import { RUN_MODES } from "./run_id.ts";
import { VIOLATION_KINDS } from "./violation_kinds.ts";

export const ViolationSchema = z.object({
  kind: z.enum(VIOLATION_KINDS),
  path: z.optional(z.string()),
  detail: z.string(),
});

export const ChangeSchema = z.object({
  path: z.string(),
  change: z.enum(["added", "modified", "deleted", "type", "mode"]),
  in_scope: z.boolean(),
});

/** policy.json: what was found, and what follows from it. Unknown keys of later versions are kept. */
export const PolicySchema = z.looseObject({
  schema: z.literal(1),
  run_id: z.string(),
  run_dir: z.string(),
  mode: z.enum(RUN_MODES),
  workdir: z.string(),
  repository: z.string(),
  write_scope: z.array(z.string()),
  options: z.record(z.string(), z.unknown()),
  policy_violation: z.boolean(),
  scope_ok: z.boolean(),
  exit_code: z.number(),
  codex_exit_code: z.nullable(z.number()),
  watchdog_killed: z.boolean(),
  watchdog_reason: z.nullable(z.string()),
  violations: z.array(ViolationSchema),
  out_of_scope_changes: z.array(z.string()),
  dirty_overlap: z.array(z.string()),
  changes: z.array(ChangeSchema),
  tolerated: z.array(z.string()),
  waived: z.array(z.object({ path: z.string(), reason: z.string() })),
  contradictions: z.array(z.object({ kind: z.string(), detail: z.string() })),
  git: z.object({
    head_before: z.nullable(z.string()),
    head_after: z.nullable(z.string()),
    moved_refs: z.array(z.string()),
  }),
  supervision: z.enum(["namespace", "subreaper", "tree"]),
  enforcement: z.literal("detected"),
  patch_omits: z.array(z.string()),
  messages: z.array(z.string()),
});

export type Violation = z.infer<typeof ViolationSchema>;
export type PolicyChange = z.infer<typeof ChangeSchema>;
export type Policy = z.infer<typeof PolicySchema>;
