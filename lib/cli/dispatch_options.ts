import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { readLimit } from "./limits.ts";
import type { DispatchOptions } from "../dispatch/options.ts";
import { badInput } from "../base/errors.ts";

/** The flags of a dispatch as commander delivers them. */
export interface DispatchFlags {
  readonly outputDir?: string;
  readonly allowDirtyOverlap?: boolean;
  readonly dryRun?: boolean;
  readonly timeoutSec?: string;
  readonly heartbeatSec?: string;
  readonly commandSec?: string;
  readonly quotaGate?: string;
  readonly force?: boolean;
  readonly model?: string;
  readonly effort?: string;
  readonly profile?: string;
  readonly codexConfig?: string[];
  readonly codex?: string;
  readonly strictIgnored?: boolean;
  readonly waive?: string[];
  readonly require?: string[];
  readonly requireVerdict?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly ignoreStatusPrefix?: string[];
}

/** Adds the flags of a dispatch to a command. */
export function addDispatchFlags<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
): Command<Args, Flags & DispatchFlags> {
  const collect = (value: string, list: string[] | undefined): string[] => [...list ?? [], value];
  command
    .option("--output-dir <dir>", "where run directories are made (default: <workdir>/.codex-dispatch/runs)")
    .option("--allow-dirty-overlap", "a worker may start although files in its scope are dirty")
    .option("--dry-run", "write the prompt and the artifacts, start nothing")
    .option(
      "--timeout-sec <n>",
      "limit for the whole run, or off (default: 1800; $CODEX_DISPATCH_TIMEOUT_SEC)",
    )
    .option(
      "--heartbeat-sec <n>",
      "limit without a sign of life, or off (default: 300; $CODEX_DISPATCH_HEARTBEAT_SEC)",
    )
    .option(
      "--command-sec <n>",
      "limit for one command that Codex runs, or off (default: that of the whole run)",
    )
    .option(
      "--quota-gate <pct>",
      "refuse at this use of the 5-hour quota, or off (default: 85; $CODEX_DISPATCH_QUOTA_GATE)",
    )
    .option("--force", "start whatever the quota says")
    .option("--model <name>", "model that Codex uses")
    .option("--effort <level>", "reasoning effort that Codex uses")
    .option("--profile <name>", "profile of Codex's configuration")
    .option("--codex-config <key=value>", "handed to Codex as -c; can be repeated", collect)
    .option("--codex <path>", "the Codex to start (default: codex on PATH; $CODEX_DISPATCH_CODEX)")
    .option("--strict-ignored", "build output that git ignores counts like any file")
    .option("--waive <glob>", "list changes there, but do not count them; can be repeated", collect)
    .option(
      "--require <expr>",
      'exit 4 unless this holds, such as "policy.changes[0] != null"; can be repeated',
      collect,
    )
    .option("--require-verdict <verdict>", "exit 4 unless the answer's verdict is this one (pass)")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress on standard error");
  command.addOption(
    command.createOption("--fingerprint-limit <n>", "taken for 0.1.1, without effect").hideHelp(),
  );
  command.addOption(
    command.createOption("--ignore-status-prefix <prefix>", "refused in favour of --waive").argParser(collect)
      .hideHelp(),
  );
  // commander's types follow a chain of calls, not a function that adds to a command it is given.
  return command as unknown as Command<Args, Flags & DispatchFlags>;
}

/**
 * The flags and the environment as options.
 *
 * @throws DispatchError (exit 1) with what is wrong
 */
export function readDispatchOptions(flags: DispatchFlags, context: CliContext): DispatchOptions {
  const { environment } = context;
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
    outputDir: flags.outputDir === undefined ? undefined : resolvePath(flags.outputDir, context),
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
    codex: flags.codex ?? (environment["CODEX_DISPATCH_CODEX"] || undefined),
    settings: {
      model: flags.model,
      effort: flags.effort,
      profile: flags.profile,
      config: flags.codexConfig ?? [],
    },
    strictIgnored: flags.strictIgnored ?? false,
    waive: flags.waive ?? [],
    require: flags.require ?? [],
    requireVerdict: flags.requireVerdict,
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
