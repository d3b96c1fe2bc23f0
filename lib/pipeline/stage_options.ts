import type { DispatchOptions } from "../dispatch/options.ts";
import type { AgentStage, RunStage } from "./pipeline.ts";

/** The options of a stage's dispatch: those of the pipeline, but for what the stage says itself. Pure. */
export function stageOptions(
  stage: AgentStage | RunStage,
  options: DispatchOptions,
  { timeLeft, config }: {
    /** Milliseconds that the budget leaves. */
    readonly timeLeft: number | null;
    /** Further values for Codex's `-c`. */
    readonly config: readonly string[];
  },
): DispatchOptions {
  return {
    ...options,
    dryRun: false,
    limits: { ...limitsOf(stage), hard: hardLimit(stage, timeLeft) },
    settings: settingsOf(stage, options.settings, config),
  };
}

function limitsOf(stage: AgentStage | RunStage): Omit<DispatchOptions["limits"], "hard"> {
  if (stage.kind === "run") return { heartbeat: null, command: null };
  return { heartbeat: stage.heartbeat, command: stage.command };
}

/** The stage's own limit, or what the budget leaves, whichever is less. */
function hardLimit({ timeout }: AgentStage | RunStage, timeLeft: number | null): number | null {
  const limits = [timeout, timeLeft].filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}

function settingsOf(
  stage: AgentStage | RunStage,
  settings: DispatchOptions["settings"],
  config: readonly string[],
): DispatchOptions["settings"] {
  if (stage.kind === "run") return settings;
  return {
    model: stage.model ?? settings.model,
    effort: stage.effort ?? settings.effort,
    profile: stage.profile ?? settings.profile,
    config: [...settings.config, ...stage.codexConfig, ...config],
  };
}
