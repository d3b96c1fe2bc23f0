import * as path from "node:path";
import * as z from "zod/mini";
import { REVIEW_FILE, reviewCopy } from "./review_file.ts";
import { writeWhole } from "./write_file.ts";
import { renderJson } from "../base/render_json.ts";

const DecisionSchema = z.object({
  decision: z.enum(["accept", "reject"]),
  reason: z.string(),
  /** ISO 8601. */
  at: z.string(),
  by: z.string(),
});

/** review.json: the word of whoever ordered the run. It stands beside the verdict and changes nothing of it. */
export const ReviewSchema = z.looseObject({
  schema: z.literal(1),
  run_id: z.string(),
  ...DecisionSchema.shape,
  /** What was decided before, the first one first. */
  earlier: z.array(DecisionSchema),
});

export type Decision = z.infer<typeof DecisionSchema>;
export type Review = z.infer<typeof ReviewSchema>;

/** Adds a decision to those that were made of a run before. Pure. */
export function decide(runId: string, decision: Decision, before: Review | undefined): Review {
  const earlier = before
    ? [...before.earlier, {
      decision: before.decision,
      reason: before.reason,
      at: before.at,
      by: before.by,
    }]
    : [];
  return { schema: 1, run_id: runId, ...decision, earlier };
}

/**
 * Writes a review into the run directory, and a copy outside of the repository that tells it from one which a worker put
 * there. The run directory keeps its time: runs are listed by it.
 */
export async function writeReview(folder: string, state: string, review: Review): Promise<void> {
  const text = renderJson(review);
  const { atime, mtime } = await Deno.lstat(folder);
  await Deno.mkdir(path.join(state, "runs"), { recursive: true, mode: 0o700 });
  writeWhole(reviewCopy(state, review.run_id), text);
  writeWhole(path.join(folder, REVIEW_FILE), text);
  if (mtime) await Deno.utime(folder, atime ?? mtime, mtime);
}

/** The last review of a run that this machine knows of. What stands in the run directory alone is nobody's word. */
export async function readReview(state: string, runId: string): Promise<Review | undefined> {
  try {
    return ReviewSchema.parse(JSON.parse(await Deno.readTextFile(reviewCopy(state, runId))));
  } catch {
    return undefined;
  }
}
