import type { DetachedRun } from "./context.ts";
import { oneLine } from "../base/text.ts";

/** What a detached process tells the one that started it, a JSON line each, until the run has a directory. */
export type DetachedReport =
  | { readonly kind: "stdout" | "stderr"; readonly text: string }
  | ({ readonly kind: "run" } & DetachedRun);

export function renderReport(report: DetachedReport): string {
  return `${JSON.stringify(report)}\n`;
}

/** @throws Error for a line that is no report */
export function readReport(line: string): DetachedReport {
  const value: Partial<Record<string, unknown>> = JSON.parse(line);
  const { kind, text, runId, runDir, log } = value;
  if ((kind === "stdout" || kind === "stderr") && typeof text === "string") return { kind, text };
  if (
    kind === "run" && typeof runId === "string" && typeof runDir === "string" && typeof log === "string"
  ) return { kind, runId, runDir, log };
  throw new Error(`the detached process reports what cannot be read: ${oneLine(line)}`);
}
