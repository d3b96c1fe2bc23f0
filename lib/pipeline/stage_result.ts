import type { Attempt } from "./state.ts";
import type { Stage } from "./pipeline.ts";

/** What a stage came to, for another agent to read: JSON, the verdict of codex-dispatch first, then what was answered. Pure. */
export function stageResultText(stage: Stage, attempt: Attempt | undefined): string {
  if (!attempt) return "This stage did not run.";
  const { status, round, reasons, policy, result } = attempt;
  const commands = result?.commands ?? [];
  return JSON.stringify(
    {
      stage: stage.id,
      round,
      gate: status,
      ...(reasons.length > 0 ? { reasons } : {}),
      ...(stage.kind === "run" ? { expect: stage.expect, commands } : {
        seen_by_codex_dispatch: {
          changes: policy?.changes.map(({ path, change }) => `${change} ${path}`) ?? [],
          commands: commands.map(({ command, exit_code }) => ({ command, exit_code })),
          contradictions: policy?.contradictions ?? [],
        },
        answer: result?.answer ?? null,
      }),
    },
    null,
    2,
  );
}
