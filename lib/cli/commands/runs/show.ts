import * as path from "node:path";
import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { runRow } from "../../run_row.ts";
import type { StoredRun } from "../../../records/read_runs.ts";
import { readReview, type Review } from "../../../records/review.ts";
import { ARTIFACTS } from "../../../records/artifacts.ts";
import { badInput } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { forTerminal } from "../../../base/for_terminal.ts";

/** `runs show`: result.md, or both documents. */
export async function runsShow(
  meant: string,
  flags: PlaceFlags & { readonly json?: true },
  context: CliContext,
): Promise<ExitCode> {
  const { run, state } = await meantRun(meant, flags, context);
  const { status } = await runRow(run, context);
  const review = await readReview(state, run.id);
  if (flags.json) {
    const { policy = null, result = null } = run;
    context.stdout(
      `${
        JSON.stringify(
          { run_id: run.id, run_dir: run.folder, status, review: review ?? null, policy, result },
          null,
          2,
        )
      }\n`,
    );
    return EXIT.accepted;
  }
  if (status === "running") context.stderr("codex-dispatch: this run has not ended yet\n");
  const text = await readArtifact(run, ARTIFACTS.resultText);
  context.stdout(forTerminal(review ? `${text}\n${reviewText(review)}` : text));
  return EXIT.accepted;
}

/** The last decision and those before it, the last first. */
function reviewText({ earlier, ...last }: Review): string {
  const lines = [last, ...earlier.toReversed()].map(({ decision, reason, at, by }) =>
    `- **${decision}** by ${by} at ${at}: ${reason.replaceAll("\n", "\n  ")}\n`
  );
  return `## Reviewed\n\n${lines.join("")}`;
}

async function readArtifact(run: StoredRun, name: string): Promise<string> {
  try {
    const file = path.join(run.folder, name);
    // A pipe in its place would be waited for without end.
    if (!(await Deno.lstat(file)).isFile) throw new Error("it is no regular file");
    return await Deno.readTextFile(file);
  } catch (error) {
    throw badInput("artifact-unreadable", `"${path.join(run.folder, name)}" cannot be read.`, {
      cause: error,
    });
  }
}
