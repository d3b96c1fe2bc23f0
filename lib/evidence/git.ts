import * as path from "node:path";
import { type CommandResult, runCommand } from "../process/run_command.ts";
import { CONFIG_ARGS, filterNames, type GitConfig, parseConfig } from "./git_config.ts";
import { DispatchError, refusal } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { oneLine } from "../base/text.ts";
import { programOnPath } from "../base/program_on_path.ts";
import { hasOddBytes, showPath } from "../base/tree_path.ts";

/** No git command here is expected to take longer, however large the repository. Milliseconds. */
const GIT_DEADLINE = 10 * 60_000;

/**
 * The same after a run: whoever left a pipe in the place of a file that git reads makes it wait without end, and the
 * verdict does not hang on what it says. Milliseconds.
 */
export const DEADLINE_AFTER_A_RUN = 60_000;

export interface GitOptions {
  readonly stdin?: Uint8Array | string;
  /** Variables of our own, such as an index file. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Reads a repository with git without letting it run anything that stands in the repository, and without taking
 * locks: no fsmonitor, hooks, pagers, external diffs or filters, and no `GIT_*` of the caller's.
 */
export class Git {
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #deadline: number;
  #config: Promise<GitConfig> | undefined;
  #stuck = false;
  readonly #halt = new AbortController();

  constructor(
    cwd: string,
    environment: Readonly<Record<string, string>>,
    options: {
      readonly deadline?: number;
      /** The folder itself must have a repository: none is looked for above it. */
      readonly here?: boolean;
    } = {},
  ) {
    this.#cwd = cwd;
    this.#env = {
      ...gitEnvironment(environment),
      ...(options.here ? { GIT_CEILING_DIRECTORIES: path.dirname(cwd) } : {}),
    };
    this.#deadline = options.deadline ?? GIT_DEADLINE;
  }

  /** The configuration as it was when this was first asked for. */
  config(): Promise<GitConfig> {
    return this.#config ??= this.run(CONFIG_ARGS).then(({ stdout }) => parseConfig(stdout));
  }

  /** Takes a configuration that is known to be the present one, so that it need not be read again. */
  assumeConfig(config: GitConfig): void {
    this.#config = Promise.resolve(config);
  }

  /** Ends what runs, and begins no command any more: something stands in the repository that git would wait for without end. */
  giveUp(): void {
    this.#stuck = true;
    this.#halt.abort();
  }

  /** Standard output of a git command that reads the work tree, and so could run filters: they are switched off by name. */
  async readTree(args: readonly string[], options: GitOptions = {}): Promise<Uint8Array> {
    const names = filterNames(await this.config());
    const unsayable = names.find((name) => name.includes("=") || hasOddBytes(name));
    if (unsayable !== undefined) {
      const message =
        `git's configuration has a filter "${showPath(unsayable)}", which cannot be switched off by ` +
        "that name. Rename it.";
      throw refusal("filter-name", message);
    }
    const off = names.flatMap((name) =>
      ["clean=", "smudge=", "process=", "required=false"].flatMap((
        setting,
      ) => ["-c", `filter.${name}.${setting}`])
    );
    return await this.read([...off, ...args], options);
  }

  /** Standard output of a git command that must succeed. */
  async read(args: readonly string[], options: GitOptions = {}): Promise<Uint8Array> {
    const result = await this.run(args, options);
    if (result.code === 0) return result.stdout;
    const said = oneLine(new TextDecoder().decode(result.stderr), 400) || "no word on standard error";
    const how = result.timedOut ? "did not end in time" : `ended with status ${result.code}`;
    const command = args.find((arg, i) => !arg.startsWith("-") && args[i - 1] !== "-c");
    const message = `git ${command} in "${this.#cwd}" ${how}: ${said}`;
    throw new DispatchError(EXIT.refused, [{ code: "git-failed", message }]);
  }

  /** Runs git, whatever it says. After a command that had to be ended none is begun any more: it would end as badly. */
  async run(args: readonly string[], options: GitOptions = {}): Promise<CommandResult> {
    if (this.#stuck) return STUCK;
    try {
      const result = await runCommand(gitProgram(this.#env), [...GUARDS, ...args], {
        cwd: this.#cwd,
        env: { ...this.#env, ...options.env },
        deadline: this.#deadline,
        signal: this.#halt.signal,
        ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      });
      this.#stuck ||= result.timedOut;
      return result;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // A folder that is gone is told in the same way as a program that is.
      if (!await Deno.stat(this.#cwd).then(() => true, () => false)) return GONE;
      throw refusal("git-missing", "git was not found on PATH. Install git 2.30 or newer.", { cause: error });
    }
  }
}

const GONE: CommandResult = {
  code: 128,
  stdout: new Uint8Array(0),
  stderr: new TextEncoder().encode("the folder is gone"),
  timedOut: false,
};

const STUCK: CommandResult = {
  code: null,
  stdout: new Uint8Array(0),
  stderr: new Uint8Array(0),
  timedOut: true,
};

/**
 * The git that PATH leads to, as it was when it was first asked for: a worker may put another in a folder that comes before it.
 */
function gitProgram(environment: Readonly<Record<string, string>>): string {
  const path = environment["PATH"] ?? "";
  const found = programs.get(path) ?? programOnPath("git", environment);
  if (found === undefined) return "git";
  programs.set(path, found);
  return found;
}

const programs = new Map<string, string>();

const GUARDS = [
  "--no-optional-locks",
  "--no-replace-objects",
  "--no-pager",
  ...[
    "core.fsmonitor=false",
    // Else git diff takes the lock of the index and writes it anew, whatever GIT_OPTIONAL_LOCKS says.
    "diff.autoRefreshIndex=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.untrackedCache=false",
    // It names the tree of each commit, and nobody checks whether that is true.
    "core.commitGraph=false",
    // Set otherwise, these let a file of other content pass for one that is unchanged.
    "core.trustctime=true",
    "core.checkStat=default",
    "diff.external=",
    // It would start the program that checks signatures.
    "log.showSignature=false",
    "credential.helper=",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
  ].flatMap((setting) => ["-c", setting]),
];

/** The caller's environment without any `GIT_*`: an inherited GIT_DIR would point every command elsewhere. */
function gitEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) =>
    !name.startsWith("GIT_") && name !== "LANGUAGE"
  );
  return {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    // Above any protocol.<name>.allow; a git older than 2.45 does not know GIT_NO_LAZY_FETCH.
    GIT_ALLOW_PROTOCOL: "none",
    // Above trace2.*, by which the user's settings can have every git write to any file.
    GIT_TRACE2: "0",
    GIT_TRACE2_PERF: "0",
    GIT_TRACE2_EVENT: "0",
    LC_ALL: "C",
  };
}
