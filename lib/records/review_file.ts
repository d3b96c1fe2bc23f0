import * as path from "node:path";

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

/** Undefined where nothing stands; a link, a pipe or what cannot be read is like no text of ours. */
function regularText(file: string): string | null | undefined {
  try {
    const { isFile, size } = Deno.lstatSync(file);
    return isFile && size < MOST_BYTES ? Deno.readTextFileSync(file) : null;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : null;
  }
}

const MOST_BYTES = 16 * 1024 * 1024;
