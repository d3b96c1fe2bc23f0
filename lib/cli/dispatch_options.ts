import type { CliContext } from "./context.ts";
import type { DispatchFlags } from "./dispatch_flags.ts";
import { type LimitSource, readLimit } from "./limits.ts";
import type { DispatchOptions } from "../dispatch/options.ts";
import { DispatchError, type Problem } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";

/**
 * The flags and the environment as options.
 *
 * @throws DispatchError (exit 1) with all that is wrong
 */
export function readDispatchOptions(flags: DispatchFlags, context: CliContext): DispatchOptions {
  const { environment } = context;
  const { outputDir, codex, model, effort, profile } = flags;
  const problems = wrongValues(flags);
  const limitOf = (source: LimitSource, most?: number): number | null => {
    try {
      return readLimit(source, most);
    } catch (error) {
      if (!(error instanceof DispatchError)) throw error;
      problems.push(...error.problems);
      return null;
    }
  };
  const limit = (
    flag: string | undefined,
    flagName: string,
    variable: string,
    fallback: number,
  ): number | null => milliseconds(limitOf({ flag, flagName, variable, environment, fallback }));
  const hard = limit(flags.timeoutSec, "--timeout-sec", "CODEX_DISPATCH_TIMEOUT_SEC", 1800);
  const options = {
    outputDir: outputDir === undefined ? undefined : resolvePath(outputDir, context),
    allowDirtyOverlap: flags.allowDirtyOverlap ?? false,
    dryRun: flags.dryRun ?? false,
    limits: {
      hard,
      heartbeat: limit(flags.heartbeatSec, "--heartbeat-sec", "CODEX_DISPATCH_HEARTBEAT_SEC", 300),
      command: flags.commandSec === undefined ? hard : milliseconds(
        limitOf({ flag: flags.commandSec, flagName: "--command-sec", environment, fallback: null }),
      ),
    },
    quotaGate: limitOf({
      flag: flags.quotaGate,
      flagName: "--quota-gate",
      variable: "CODEX_DISPATCH_QUOTA_GATE",
      environment,
      fallback: 85,
    }, 100),
    force: flags.force ?? false,
    codex: codex ?? (environment["CODEX_DISPATCH_CODEX"] || undefined),
    settings: {
      model,
      effort,
      profile,
      config: flags.codexConfig ?? [],
    },
    strictIgnored: flags.strictIgnored ?? false,
    waive: flags.waive ?? [],
    require: flags.require ?? [],
    requireVerdict: flags.requireVerdict,
    noWait: flags.wait === false,
  };
  if (problems.length > 0) throw new DispatchError(EXIT.badInput, problems);
  return options;
}

/** What is wrong with flags that are no limits. */
function wrongValues(flags: DispatchFlags): Problem[] {
  const problems: Problem[] = [];
  const { outputDir, codex, model, effort, profile, requireVerdict } = flags;
  for (const [name, value] of Object.entries({ "output-dir": outputDir, codex, model, effort, profile })) {
    // A variable of the caller's that is not set: what would be done instead is not what he meant.
    if (value !== "") continue;
    problems.push({ code: "flag-empty", message: `--${name} is empty. Give it a value, or leave it out.` });
  }
  if (flags.ignoreStatusPrefix) {
    const prefix = flags.ignoreStatusPrefix[0] ?? "";
    const message =
      `--ignore-status-prefix hid changes without a trace and is gone. Write --waive "${prefix}**": ` +
      "the changes are listed, and not counted.";
    problems.push({ code: "ignore-status-prefix", message });
  }
  if (requireVerdict !== undefined && !["pass", "fail", "inconclusive", "none"].includes(requireVerdict)) {
    const message = `--require-verdict is "${requireVerdict}". It takes pass (or fail, inconclusive, none).`;
    problems.push({ code: "require-verdict", message });
  }
  for (const entry of flags.codexConfig ?? []) {
    if (/^[^=\s]+=/.test(entry)) continue;
    problems.push({ code: "codex-config", message: `--codex-config is "${entry}". It takes KEY=VALUE.` });
  }
  return problems;
}

/** A path of the command line, from the current folder; `~` is the home folder where no shell replaced it. */
export function resolvePath(given: string, context: CliContext): string {
  const home = context.environment["HOME"];
  const expanded = home !== undefined && /^~(\/|$)/.test(given) ? home + given.slice(1) : given;
  return expanded.startsWith("/") || /^[A-Za-z]:[\\/]/.test(expanded)
    ? expanded
    : `${context.cwd}/${expanded}`;
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
