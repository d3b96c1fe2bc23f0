import type { CliContext } from "../../context.ts";
import { meantRun, type PlaceFlags } from "../../meant_run.ts";
import { isLive } from "../../../records/live_runs.ts";
import { decide, type Decision, readReview, writeReview } from "../../../records/review.ts";
import { readSeal } from "../../../records/seal.ts";
import { settle, type Settled } from "../../../records/settled.ts";
import { badInput } from "../../../base/errors.ts";
import { EXIT, type ExitCode } from "../../../base/exit_codes.ts";
import { renderJson } from "../../../base/render_json.ts";

/** `runs accept`, `runs reject`: keeps the word of whoever ordered the run, beside its verdict. */
export async function runsReview(
  decision: Decision["decision"],
  meant: string,
  { flags, context }: {
    readonly flags: PlaceFlags & { readonly reason: string; readonly by?: string; readonly json?: true };
    readonly context: CliContext;
  },
): Promise<ExitCode> {
  const reason = flags.reason.trim();
  if (reason === "") {
    throw badInput("reason", "--reason is empty. Say in a sentence what the decision rests on.");
  }
  const { run, state } = await meantRun(meant, flags, context);
  if (await isLive(state, run.id)) {
    throw badInput(
      "run-live",
      `The run "${run.id}" goes on. Wait for its verdict first: codex-dispatch runs wait ${run.id}`,
    );
  }
  const by = flags.by?.trim() || userName(context);
  const at = context.now().toISOString();
  const review = decide(run.id, { decision, reason, at, by }, await readReview(state, run.id));
  await writeReview(run.folder, state, review);
  const settled = settle(run, await readSeal(state, run.id));
  context.stderr(`codex-dispatch: ${verdictStays(settled, decision)}\n`);
  context.stdout(
    flags.json ? renderJson({ ...review, run_dir: run.folder }) : `${run.id}: ${decision}\n`,
  );
  return EXIT.accepted;
}

/** The decision is a person's or an orchestrator's: the verdict says what it said. Pure. */
function verdictStays(settled: Settled, decision: Decision["decision"]): string {
  const kept = `The ${decision} is kept as review.json; the verdict stays`;
  if (settled.kind === "unsealed") return `${kept}: none was sealed, the run did not come to its end.`;
  if (settled.kind === "tampered") {
    return `${kept}, but ${settled.names.join(" and ")} changed since the run: believe nothing in it.`;
  }
  const { policy, result } = settled;
  const kinds = [...new Set(policy.violations.map(({ kind }) => kind))];
  return `${kept}: ${[`${result.status} (exit ${policy.exit_code})`, ...kinds].join(", ")}.`;
}

function userName({ environment }: CliContext): string {
  const name = environment["USER"] || environment["LOGNAME"] || environment["USERNAME"];
  return name ?? `user ${Deno.uid() ?? "unknown"}`;
}
