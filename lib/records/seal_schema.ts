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
  /** Each path in its patch: what the run left there, and the permission bits of the file before, null for none. */
  patched: z.array(
    z.object({ path: z.string(), left: z.nullable(z.string()), mode_before: z.nullable(z.number()) }),
  ),
  /** The folders above them that stood there before, with their permission bits. */
  folders: z.array(z.object({ path: z.string(), mode: z.number() })),
});

export type Seal = z.infer<typeof SealSchema>;
