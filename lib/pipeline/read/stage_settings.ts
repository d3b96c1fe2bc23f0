import type { AgentStage, Budget } from "../pipeline.ts";
import { BudgetSchema, DefaultsSchema } from "./pipeline_schema.ts";
import { asMap, type Fields, readFields } from "./read_fields.ts";
import type { Report } from "./report.ts";
import type { YamlNode } from "./yaml_node.ts";
import { parseDuration } from "../../base/durations.ts";

/** Limits in milliseconds, null for none, and what Codex is told. */
export type StageSettings = Pick<
  AgentStage,
  "timeout" | "heartbeat" | "command" | "model" | "effort" | "profile" | "codexConfig"
>;

/** As they were written; undefined for what was not. */
interface WrittenSettings {
  readonly timeout: number | null | undefined;
  readonly heartbeat: number | null | undefined;
  readonly command: number | null | undefined;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly profile: string | undefined;
  readonly codexConfig: readonly string[];
}

/** Those of a dispatch by itself. */
const DEFAULT_TIMEOUT = 1_800_000;
const DEFAULT_HEARTBEAT = 300_000;

/** The settings of a stage: its own, else those of `defaults`, else those of a dispatch. */
export function settingsOf(own: WrittenSettings, defaults: WrittenSettings | undefined): StageSettings {
  const first = <T>(mine: T | undefined, theirs: T | undefined, fallback: T): T =>
    mine !== undefined ? mine : theirs !== undefined ? theirs : fallback;
  const timeout = first(own.timeout, defaults?.timeout, DEFAULT_TIMEOUT);
  return {
    timeout,
    heartbeat: first(own.heartbeat, defaults?.heartbeat, DEFAULT_HEARTBEAT),
    command: first(own.command, defaults?.command, timeout),
    model: own.model ?? defaults?.model,
    effort: own.effort ?? defaults?.effort,
    profile: own.profile ?? defaults?.profile,
    // Of two for one key Codex takes the later.
    codexConfig: [...defaults?.codexConfig ?? [], ...own.codexConfig],
  };
}

/** The settings among the keys of a stage, or of `defaults`. */
export function writtenSettings(
  fields: Fields<typeof DefaultsSchema.shape>,
  report: Report,
): WrittenSettings {
  const text = (key: "model" | "effort" | "profile"): string | undefined => {
    const value = fields.get(key);
    if (value?.includes("${{")) {
      report.error(
        "pipeline-value",
        `"${key}" takes text as it is: no \${{ }} is read there.`,
        fields.spanOf(key),
      );
    }
    return value;
  };
  return {
    timeout: limitOf(fields.get("timeout")),
    heartbeat: limitOf(fields.get("heartbeat")),
    command: limitOf(fields.get("command")),
    model: text("model"),
    effort: text("effort"),
    profile: text("profile"),
    codexConfig: fields.get("codex_config") ?? [],
  };
}

/** `defaults:` of a pipeline. */
export function readDefaults(node: YamlNode | undefined, report: Report): WrittenSettings | undefined {
  const map = node && asMap(node, { report, name: "defaults", takes: "a map such as { timeout: 30m }" });
  return map && writtenSettings(readFields(map, DefaultsSchema, { report, about: '"defaults"' }), report);
}

/** `budget:` of a pipeline. */
export function readBudget(node: YamlNode | undefined, report: Report): Budget {
  const map = node &&
    asMap(node, { report, name: "budget", takes: "a map such as { time: 2h, tokens: 2000000 }" });
  if (!map) return { time: null, tokens: null };
  const fields = readFields(map, BudgetSchema, { report, about: '"budget"' });
  const tokens = fields.get("tokens");
  return { time: limitOf(fields.get("time")) ?? null, tokens: typeof tokens === "number" ? tokens : null };
}

/** A time as it is written; null for `off`. The schema has looked at its form. */
export function limitOf(text: string | undefined): number | null | undefined {
  return text === "off" ? null : text === undefined ? undefined : parseDuration(text);
}
