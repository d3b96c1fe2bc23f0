import type { Policy } from "./policy.ts";
import type { Result, RunStatus } from "./result.ts";
import { showDuration } from "../base/durations.ts";
import { plural } from "../base/text.ts";
import { ARTIFACTS } from "./artifacts.ts";

/** result.md: the outcome for a person, the verdict first. Its first three lines have the form of 0.1.1. Pure. */
export function renderResultText(policy: Policy, result: Result, objective: string): string {
  const lines = [
    `RESULT: ${result.result ?? result.status}`,
    `MODE: ${result.mode}`,
    `POLICY VIOLATION: ${policy.policy_violation ? "True" : "False"}`,
    "",
    `# ${HEADLINES[result.status]}`,
    "",
    ...quoted(objective),
    "",
    factsLine(policy, result),
    "",
    ...section(
      "Why it is not to be accepted",
      policy.violations.map(({ kind, detail }) => `**${kind}**: ${detail}`),
    ),
    ...section("Said by codex-dispatch", policy.messages),
    ...section("What changed", policy.changes.map(changeLine)),
    ...section("Waived", policy.waived.map(({ path, reason }) => `${code(path)}${reason && `: ${reason}`}`)),
    ...section("Claimed and seen", policy.contradictions.map(({ kind, detail }) => `**${kind}**: ${detail}`)),
    ...answerSections(result),
    "## Artifacts",
    "",
    `${code(ARTIFACTS.policy)} is the verdict, ${code(ARTIFACTS.result)} the same for programs, ` +
    `${code(ARTIFACTS.events)} everything that Codex printed; they lie in`,
    "",
    `    ${policy.run_dir}`,
    "",
  ];
  return lines.join("\n");
}

const HEADLINES: Readonly<Record<RunStatus, string>> = {
  "accepted": "Accepted",
  "violation": "Not accepted: policy violation",
  "failed": "Not accepted: failed",
  "blocked": "Not accepted: Codex says it is blocked",
  "refused": "Refused: Codex was not started",
  "dry-run": "Dry run: Codex was not started",
  "interrupted": "Interrupted",
};

function factsLine(policy: Policy, result: Result): string {
  const tokens = result.usage === null ? [] : [`${plural(tokenSum(result.usage), "token")}`];
  const verdict = result.answer === null || result.answer.verdict === "none"
    ? []
    : [`verdict **${result.answer.verdict}**`];
  return [
    `exit ${policy.exit_code}`,
    ...verdict,
    showDuration(result.duration_ms),
    ...tokens,
    plural(policy.changes.length, "change"),
    ...(result.codex_version === null ? [] : [`Codex ${result.codex_version}`]),
  ].join(" · ");
}

/** Input and output; the cached and the reasoning tokens are parts of these. */
function tokenSum(usage: Readonly<Record<string, number>>): number {
  return (usage["input_tokens"] ?? 0) + (usage["output_tokens"] ?? 0);
}

function changeLine({ path, change, in_scope: inScope }: Policy["changes"][number]): string {
  return `${change} ${code(path)}${inScope ? "" : " (not in scope)"}`;
}

function answerSections(result: Result): string[] {
  const { answer } = result;
  if (answer === null) return section("Commands that Codex ran", result.commands.map(commandLine));
  return [
    ...paragraph("Summary", answer.summary),
    ...section("Files that Codex says it changed", answer.changed_files.map(code)),
    ...section(
      "Checks that Codex says it ran",
      answer.verification_run.map((run) =>
        `${code(run.command)}: exit ${run.exit_code ?? "unknown"}${run.outcome && `, ${run.outcome}`}`
      ),
    ),
    ...section("Commands that Codex ran", result.commands.map(commandLine)),
    ...section("Evidence", answer.evidence),
    ...section(
      "Findings",
      answer.findings.map(({ severity, title, body, file, line, recommendation }) =>
        [
          `**${severity}: ${title}**${file === null ? "" : ` (${file}${line === null ? "" : `:${line}`})`}`,
          body,
          recommendation && `Recommendation: ${recommendation}`,
        ].filter((part) => part !== "").join("\n")
      ),
    ),
    ...section("Risks", answer.risks),
    ...paragraph("Next", answer.next),
  ];
}

function commandLine({ command, exit_code: exitCode }: Result["commands"][number]): string {
  return `${code(command)}: ${exitCode === null ? "no exit status seen" : `exit ${exitCode}`}`;
}

function paragraph(title: string, text: string): string[] {
  return text.trim() === "" ? [] : [`## ${title}`, "", ...quoted(text.trim()), ""];
}

/** Whatever it holds, no line of it is taken for one of ours. */
function quoted(text: string): string[] {
  return text.split(LINE_END).map((line) => `> ${line}`);
}

/** What programs that read line by line take for the end of one. */
const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

const MOST_ITEMS = 100;

/** A list under a heading, or nothing if it is empty; a very long one is cut, with a word where the rest is. */
function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, MOST_ITEMS).map((item) => `- ${item.trim().split(LINE_END).join("\n  ")}`);
  const rest = items.length - MOST_ITEMS;
  return [
    `## ${title}`,
    "",
    ...shown,
    ...(rest > 0 ? [`- and ${rest} more, in the JSON documents`] : []),
    "",
  ];
}

/** Inline code whatever the text holds. */
function code(text: string): string {
  const ticks = "`".repeat(Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  const padding = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${ticks}${padding}${text.split(LINE_END).join(" ")}${padding}${ticks}`;
}
