import type { CodexSettings } from "../codex/invocation.ts";
import type { Limits } from "../process/watchdog.ts";

/** What a caller may set for one dispatch. */
export interface DispatchOptions {
  /** Root of the run directories; undefined for the folder in WORKDIR. */
  readonly outputDir: string | undefined;
  readonly allowDirtyOverlap: boolean;
  readonly dryRun: boolean;
  readonly limits: Limits;
  /** Percent of the five-hour window at which a run is refused; null for no gate. */
  readonly quotaGate: number | null;
  /** Starts whatever the quota says. */
  readonly force: boolean;
  /** Path or name of Codex; undefined to look on PATH. */
  readonly codex: string | undefined;
  readonly settings: CodexSettings;
  /** Build output that git ignores counts like any file. */
  readonly strictIgnored: boolean;
  /** Globs of `--waive`. */
  readonly waive: readonly string[];
  /** Expressions that must be true of an accepted run. */
  readonly require: readonly string[];
  readonly requireVerdict: string | undefined;
  /** Refuses where the work tree is in use, instead of waiting for it. */
  readonly noWait: boolean;
}

/** The options in the form in which policy.json holds them: seconds, and null for "off". */
export function recordedOptions(options: DispatchOptions): Record<string, unknown> {
  const seconds = (ms: number | null): number | null => ms === null ? null : ms / 1000;
  const { limits, settings } = options;
  return {
    timeout_sec: seconds(limits.hard),
    heartbeat_sec: seconds(limits.heartbeat),
    command_sec: seconds(limits.command),
    quota_gate: options.quotaGate,
    force: options.force,
    allow_dirty_overlap: options.allowDirtyOverlap,
    dry_run: options.dryRun,
    strict_ignored: options.strictIgnored,
    waive: options.waive,
    require: options.require,
    require_verdict: options.requireVerdict ?? null,
    no_wait: options.noWait,
    model: settings.model ?? null,
    effort: settings.effort ?? null,
    profile: settings.profile ?? null,
    // Values may be secrets (a provider's header, say): the keys tell what was set.
    codex_config: settings.config.map((entry) => entry.split("=", 1)[0]),
  };
}
