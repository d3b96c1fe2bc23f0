import * as z from "zod/mini";

/**
 * What is known of a run outside of its folder: the digests of its artifacts and of the files it left changed. A worker that
 * rewrites an old run's folder does not reach this.
 */
export const SealSchema = z.object({
  run_dir: z.string(),
  repository: z.string(),
  ended_at: z.number(),
  artifacts: z.record(z.string(), z.string()),
  /** What the run left of each path in its patch: a digest, a link's target, or null where nothing stands. */
  left: z.record(z.string(), z.nullable(z.string())),
});

export type Seal = z.infer<typeof SealSchema>;
