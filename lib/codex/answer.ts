import * as z from "zod/mini";

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;

export const FindingSchema = z.strictObject({
  severity: z.enum(SEVERITIES),
  title: z.string(),
  body: z.string(),
  file: z.nullable(z.string()),
  line: z.nullable(z.number()),
  recommendation: z.string(),
});

/** Codex's final message. Every object is closed and every key required: the server takes no other schema. */
export const AnswerSchema = z.strictObject({
  result: z.enum(["done", "blocked", "partial", "findings-only"]),
  verdict: z.enum(["pass", "fail", "inconclusive", "none"]),
  summary: z.string(),
  changed_files: z.array(z.string()),
  verification_run: z.array(
    z.strictObject({ command: z.string(), exit_code: z.nullable(z.number()), outcome: z.string() }),
  ),
  evidence: z.array(z.string()),
  findings: z.array(FindingSchema),
  risks: z.array(z.string()),
  next: z.string(),
});

export type Answer = z.infer<typeof AnswerSchema>;
