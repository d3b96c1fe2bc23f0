/** The flags of a dispatch, as the command line delivers them. */
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
  readonly detach?: boolean;
  /** False with `--no-wait`. */
  readonly wait?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly ignoreStatusPrefix?: string[];
}

export interface FlagRule {
  /** As it is written: `--output-dir`, with a value in `<>` behind it if it takes one. */
  readonly flag: string;
  readonly meaning: string;
  /** It can be given several times. */
  readonly many?: true;
  /** Left out of the help. */
  readonly hidden?: true;
}

/** The one table of a dispatch's flags: both readers of the command line are made from it. */
export const DISPATCH_FLAGS: readonly FlagRule[] = [
  {
    flag: "--output-dir <dir>",
    meaning: "where run directories are made (default: <workdir>/.codex-dispatch/runs)",
  },
  { flag: "--allow-dirty-overlap", meaning: "a worker may start although files in its scope are dirty" },
  { flag: "--dry-run", meaning: "write the prompt and the artifacts, start nothing" },
  {
    flag: "--timeout-sec <n>",
    meaning: "limit for the whole run, or off (default: 1800; $CODEX_DISPATCH_TIMEOUT_SEC)",
  },
  {
    flag: "--heartbeat-sec <n>",
    meaning: "limit without a sign of life, or off (default: 300; $CODEX_DISPATCH_HEARTBEAT_SEC)",
  },
  {
    flag: "--command-sec <n>",
    meaning: "limit for one command that Codex runs, or off (default: that of the whole run)",
  },
  {
    flag: "--quota-gate <pct>",
    meaning: "refuse at this use of the 5-hour quota, or off (default: 85; $CODEX_DISPATCH_QUOTA_GATE)",
  },
  { flag: "--force", meaning: "start whatever the quota says" },
  { flag: "--model <name>", meaning: "model that Codex uses" },
  { flag: "--effort <level>", meaning: "reasoning effort that Codex uses" },
  { flag: "--profile <name>", meaning: "profile of Codex's configuration" },
  { flag: "--codex-config <key=value>", meaning: "handed to Codex as -c; can be repeated", many: true },
  { flag: "--codex <path>", meaning: "the Codex to start (default: codex on PATH; $CODEX_DISPATCH_CODEX)" },
  { flag: "--strict-ignored", meaning: "build output that git ignores counts like any file" },
  {
    flag: "--waive <glob>",
    meaning: "list changes there, but do not count them; can be repeated",
    many: true,
  },
  {
    flag: "--require <expr>",
    meaning: "exit 4 unless this holds, such as \"answer.verdict == 'pass'\"; can be repeated",
    many: true,
  },
  { flag: "--require-verdict <verdict>", meaning: "exit 4 unless the answer's verdict is this one (pass)" },
  {
    flag: "--detach",
    meaning: "print the run directory at once and go on in a process of its own; see runs wait",
  },
  { flag: "--no-wait", meaning: "refuse if the work tree is in use, instead of waiting for it" },
  { flag: "--json", meaning: "print one JSON document" },
  { flag: "--quiet", meaning: "no progress on standard error" },
  { flag: "--fingerprint-limit <n>", meaning: "taken for 0.1.1, without effect", hidden: true },
  {
    flag: "--ignore-status-prefix <prefix>",
    meaning: "refused in favour of --waive",
    many: true,
    hidden: true,
  },
];

/** Flags of a dispatch that a pipeline takes and cannot follow: its file says them of each stage. */
export const STAGE_LIMIT_FLAGS: readonly string[] = ["--timeout-sec", "--heartbeat-sec", "--command-sec"];

export interface DispatchLine {
  readonly packet: string;
  readonly flags: DispatchFlags;
}

/**
 * Reads `--task PACKET …` and `dispatch PACKET …` without the library that reads the rest of the command line: loading it
 * would make a third of the time that a refused packet takes. Undefined for every other line, and for one that has
 * anything wrong with it: the library has the words for that.
 */
export function readDispatchLine(args: readonly string[]): DispatchLine | undefined {
  const short = args[0] !== "dispatch";
  const packets: string[] = [];
  const flags: Record<string, string | string[] | boolean> = {};
  for (let at = short ? 0 : 1; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("--")) {
      packets.push(arg);
      continue;
    }
    const [name = "", inline] = splitOnce(arg);
    const rule = name === "--task" && short ? TASK : RULES.get(name);
    if (!rule) return undefined;
    if (!rule.flag.includes("<")) {
      if (inline !== undefined) return undefined;
      if (name.startsWith("--no-")) flags[camelCase(name.slice("--no".length))] = false;
      else flags[camelCase(name)] = true;
      continue;
    }
    const value = inline ?? args[++at];
    // A value that looks like a flag is more likely one that was forgotten.
    if (value === undefined || (inline === undefined && /^-./.test(value))) return undefined;
    const known = flags[camelCase(name)];
    flags[camelCase(name)] = rule.many ? [...Array.isArray(known) ? known : [], value] : value;
    if (rule === TASK && known !== undefined) return undefined;
  }
  const { task, ...others } = flags;
  const packet = short ? task : packets[0];
  if (typeof packet !== "string" || packets.length !== (short ? 0 : 1)) return undefined;
  return { packet, flags: others };
}

const TASK: FlagRule = { flag: "--task <packet>", meaning: "dispatch this packet; - is standard input" };

const RULES: ReadonlyMap<string, FlagRule> = new Map(
  DISPATCH_FLAGS.map((rule) => [rule.flag.split(" ")[0] ?? "", rule]),
);

function splitOnce(arg: string): [string, string | undefined] {
  const equals = arg.indexOf("=");
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

function camelCase(name: string): string {
  return name.replace(/^-+/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
