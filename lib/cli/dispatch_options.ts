import type { CliContext } from "./context.ts";
import type { DispatchFlags } from "./dispatch_flags.ts";
import { readLimit } from "./limits.ts";
import type { DispatchOptions } from "../dispatch/options.ts";
import { badInput } from "../base/errors.ts";

/**
 * The flags and the environment as options.
 *
 * @throws DispatchError (exit 1) with what is wrong
 */
export function readDispatchOptions(flags: DispatchFlags, context: CliContext): DispatchOptions {
  const { environment } = context;
  const { outputDir, codex, model, effort, profile } = flags;
  for (const [name, value] of Object.entries({ "output-dir": outputDir, codex, model, effort, profile })) {
    // A variable of the caller's that is not set: what would be done instead is not what he meant.
    if (value === "") throw badInput("flag-empty", `--${name} is empty. Give it a value, or leave it out.`);
  }
  if (flags.ignoreStatusPrefix) {
    const prefix = flags.ignoreStatusPrefix[0] ?? "";
    throw badInput(
      "ignore-status-prefix",
      `--ignore-status-prefix hid changes without a trace and is gone. Write --waive "${prefix}**": ` +
        "the changes are listed, and not counted.",
    );
  }
  if (
    flags.requireVerdict !== undefined &&
    !["pass", "fail", "inconclusive", "none"].includes(flags.requireVerdict)
  ) {
    throw badInput(
      "require-verdict",
      `--require-verdict is "${flags.requireVerdict}". It takes pass (or fail, inconclusive, none).`,
    );
  }
  const badConfig = flags.codexConfig?.find((entry) => !/^[^=\s]+=/.test(entry));
  if (badConfig !== undefined) {
    throw badInput("codex-config", `--codex-config is "${badConfig}". It takes KEY=VALUE.`);
  }
  const limit = (
    flag: string | undefined,
    flagName: string,
    variable: string,
    fallback: number,
  ): number | null => milliseconds(readLimit({ flag, flagName, variable, environment, fallback }));
  const hard = limit(flags.timeoutSec, "--timeout-sec", "CODEX_DISPATCH_TIMEOUT_SEC", 1800);
  return {
    outputDir: outputDir === undefined ? undefined : resolvePath(outputDir, context),
    allowDirtyOverlap: flags.allowDirtyOverlap ?? false,
    dryRun: flags.dryRun ?? false,
    limits: {
      hard,
      heartbeat: limit(flags.heartbeatSec, "--heartbeat-sec", "CODEX_DISPATCH_HEARTBEAT_SEC", 300),
      command: flags.commandSec === undefined ? hard : milliseconds(
        readLimit({ flag: flags.commandSec, flagName: "--command-sec", environment, fallback: null }),
      ),
    },
    quotaGate: readLimit({
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
