import * as z from "zod/mini";

/** What is kept of the last run that a session of Claude Code dispatched. */
export const SessionRunSchema = z.object({
  run_dir: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
});

export type SessionRun = z.infer<typeof SessionRunSchema>;
