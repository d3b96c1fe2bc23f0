import { showDuration } from "../base/durations.ts";
import { plural, showCount } from "../base/text.ts";
import { spentOf } from "./budget.ts";
import { changedPaths } from "./changed_paths.ts";
import type { PipelineState } from "./state.ts";

/** summary.json: what came of a pipeline, for programs. */
export interface Summary {
  readonly schema: 1;
  readonly id: string;
  readonly name: string;
  readonly status: PipelineState["status"];
  readonly accepted: boolean;
  readonly exit_code: number;
  readonly workdir: string;
  readonly repository: string;
  readonly pipeline_dir: string;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly tokens: number | null;
  readonly stages: readonly {
    readonly id: string;
    readonly status: string;
    readonly round: number;
    readonly verdict: string | null;
    readonly summary: string | null;
    readonly duration_ms: number;
    readonly tokens: number | null;
    readonly note: string | null;
    readonly runs: readonly {
      readonly run_dir: string | null;
      readonly round: number;
      readonly status: string;
    }[];
  }[];
  readonly changes: readonly string[];
  readonly stopped_by: PipelineState["stopped_by"];
}

/** The summary of a state. Pure. */
export function summarize(state: PipelineState, folder: string): Summary {
  return {
    schema: 1,
    id: state.id,
    name: state.name,
    status: state.status,
    accepted: state.status === "passed",
    exit_code: state.exit_code,
    workdir: state.workdir,
    repository: state.repository,
    pipeline_dir: folder,
    started_at: state.started_at,
    duration_ms: Math.round(state.active_ms),
    tokens: spentOf(state.attempts, state.active_ms).tokens,
    stages: state.stages.map(({ id, status, round, note }) => {
      const attempts = state.attempts.filter(({ stage }) => stage === id);
      const answer = attempts.at(-1)?.result?.answer;
      return {
        id,
        status,
        round,
        verdict: answer?.verdict ?? null,
        summary: answer?.summary ?? null,
        duration_ms: attempts.reduce((sum, { duration_ms }) => sum + duration_ms, 0),
        tokens: spentOf(attempts, 0).tokens,
        note,
        runs: attempts.map(({ run_dir, round, status }) => ({ run_dir, round, status })),
      };
    }),
    changes: changedPaths(state.attempts),
    stopped_by: state.stopped_by,
  };
}

/** summary.md: the outcome for a person, how it stopped and how to go on first. Pure. */
export function renderSummary(summary: Summary): string {
  const { stopped_by: stop, stages } = summary;
  return [
    `# ${summary.name}: ${summary.status}`,
    "",
    `exit ${summary.exit_code} · ${showDuration(summary.duration_ms)} · ${
      showTokens(summary.tokens)
    } · ${summary.id}`,
    "",
    ...(stop === null ? [] : [
      `## Stopped${stop.stage === null ? "" : ` by the stage "${stop.stage}"`}`,
      "",
      stop.why,
      "",
      ...stop.reasons.map(({ condition, found }) => `- asked: ${condition}; found: ${indented(found)}`),
      ...(stop.reasons.length > 0 ? [""] : []),
      ...(stop.run_dir === null ? [] : [`Its run: \`${stop.run_dir}\``, ""]),
      `How to go on: ${stop.next}`,
      "",
    ]),
    "## Stages",
    "",
    "| stage | status | verdict | rounds | time | tokens |",
    "|---|---|---|---|---|---|",
    ...stages.map(({ id, status, verdict, round, duration_ms, tokens }) =>
      `| ${id} | ${status} | ${verdict ?? ""} | ${round} | ${showDuration(duration_ms)} | ${
        tokens === null ? "unknown" : showCount(tokens)
      } |`
    ),
    "",
    ...stages.flatMap(({ id, note, summary, runs }) => [
      `### ${id}`,
      "",
      ...(note === null ? [] : [note, ""]),
      ...(summary === null || summary === "" ? [] : [summary, ""]),
      ...runs.map(({ run_dir, round, status }) =>
        `- round ${round}, ${status}: ${
          run_dir === null ? "no run directory" : `[result.md](<${run_dir}/result.md>)`
        }`
      ),
      "",
    ]),
    ...(summary.changes.length === 0 ? [] : [
      "## Changed",
      "",
      ...summary.changes.map((path) => `- ${path}`),
      "",
    ]),
  ].join("\n");
}

function showTokens(tokens: number | null): string {
  return tokens === null ? "tokens unknown" : plural(tokens, "token");
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
