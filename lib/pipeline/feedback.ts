import type { Failure } from "./failure.ts";
import type { IncludedText } from "./included.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Attempt, PipelineState } from "./state.ts";

/** What sent the pipeline back to a stage for the round that it is in: of each stage that did the last word since. Pure. */
export function sentBackTo(
  id: string,
  { stages }: Pick<Pipeline, "stages">,
  state: Pick<PipelineState, "stages" | "attempts">,
): Attempt[] {
  const round = roundOf(id, state);
  const since = state.attempts.findLastIndex((each) => each.stage === id && each.round < round) + 1;
  if (since === 0) return [];
  return stages.flatMap(({ id: from, onFail }) => {
    if (onFail.kind !== "return" || onFail.to !== id) return [];
    const last = state.attempts.slice(since).findLast((each) => each.stage === from);
    return last?.status === "failed" ? [last] : [];
  });
}

/** What a worker is told that the pipeline came back to: what each stage found that sent it back. Pure. */
export function renderFeedback(sentBack: readonly Attempt[], round: number): IncludedText[] {
  return sentBack.map(({ stage, failure }) => ({
    title: `Round ${round}. The stage "${stage}" sent your work back; mend what it found`,
    text: failure === null ? "It did not say why." : renderFailure(failure),
  }));
}

function roundOf(id: string, { stages }: Pick<PipelineState, "stages">): number {
  return stages.find((each) => each.id === id)?.round ?? 1;
}

/** A failure as text. Pure. */
export function renderFailure(failure: Failure): string {
  switch (failure.kind) {
    case "check":
      return `The command\n\n    ${failure.command.replaceAll("\n", "\n    ")}\n\nended with ${
        failure.exit ?? "no status"
      }. It printed:\n\n${failure.output.trim() || "(nothing)"}`;
    case "reasons":
      return failure.reasons.map(({ condition, found }) => `- asked: ${condition}; found: ${found}`).join(
        "\n",
      );
    case "findings":
      return failure.findings.map(({ severity, title, body, file, line, recommendation }) =>
        [
          `- ${severity}: ${title}${file === null ? "" : ` (${file}${line === null ? "" : `:${line}`})`}`,
          ...[body, recommendation && `Recommendation: ${recommendation}`].filter((part) => part !== ""),
        ].join("\n").replaceAll("\n", "\n  ")
      ).join("\n");
  }
}
