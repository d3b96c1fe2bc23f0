import * as path from "node:path";
import { regularText } from "../base/regular_text.ts";

export const REVIEW_FILE = "review.json";

/** What is wrong with the review in a run directory, held against the copy; undefined if it is the one, or there is none. */
export function brokenReview(folder: string, state: string): "changed" | "added" | "missing" | undefined {
  const found = regularText(path.join(folder, REVIEW_FILE));
  const copy = regularText(reviewCopy(state, path.basename(folder)));
  if (found === copy) return undefined;
  return copy === undefined ? "added" : found === undefined ? "missing" : "changed";
}

/** Where the copy of a run's review stands. */
export function reviewCopy(state: string, runId: string): string {
  return path.join(state, "runs", `${runId}.review.json`);
}
