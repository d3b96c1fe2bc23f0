import type { Failure } from "./failure.ts";
import type { IncludedText } from "./included.ts";
import type { Attempt } from "./state.ts";

/** What a worker is told that the pipeline came back to: what each stage found that sent it back. Pure. */
export function renderFeedback(sentBack: readonly Attempt[]): IncludedText[] {
  return sentBack.map(({ stage, round, failure }) => ({
    title: `Round ${round + 1}. The stage "${stage}" sent your work back; mend what it found`,
    text: failure === null ? "It did not say why." : renderFailure(failure),
  }));
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
