import { type CommandResult, runCommand } from "../process/run_command.ts";
import { DispatchError, refusal } from "../base/errors.ts";
import { EXIT } from "../base/exit_codes.ts";
import { oneLine } from "../base/text.ts";

/** No git command here is expected to take longer, however large the repository. Milliseconds. */
const GIT_DEADLINE = 10 * 60_000;

/**
 * Reads a repository with git without letting it run anything that stands in the repository, and without taking
 * locks: no fsmonitor, hooks, pagers, external diffs or filters, and no `GIT_*` of the caller's.
 */
export class Git {
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string>>;
  #filtersOff: readonly string[] | undefined;

  constructor(cwd: string, environment: Readonly<Record<string, string>>) {
    this.#cwd = cwd;
    this.#env = gitEnvironment(environment);
  }

  /** Standard output of a git command that reads the work tree, and so could run clean filters. */
  async readTree(args: readonly string[]): Promise<Uint8Array> {
    this.#filtersOff ??= await this.#findFilters();
    return await this.read([...this.#filtersOff, ...args]);
  }

  /** Standard output of a git command that must succeed. */
  async read(args: readonly string[]): Promise<Uint8Array> {
    const result = await this.run(args);
    if (result.code === 0) return result.stdout;
    const said = oneLine(new TextDecoder().decode(result.stderr), 400) || "no word on standard error";
    const how = result.timedOut ? "did not end in time" : `ended with status ${result.code}`;
    const message = `git ${
      args.filter((arg) => !arg.startsWith("-c")).slice(0, 2).join(" ")
    } in "${this.#cwd}" ${how}: ${said}`;
    throw new DispatchError(EXIT.refused, [{ code: "git-failed", message }]);
  }

  /** Runs git, whatever it says. */
  async run(args: readonly string[]): Promise<CommandResult> {
    try {
      return await runCommand("git", [...GUARDS, ...args], {
        cwd: this.#cwd,
        env: this.#env,
        deadline: GIT_DEADLINE,
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw refusal("git-missing", "git was not found on PATH. Install git 2.30 or newer.", { cause: error });
    }
  }

  /** Filters can be configured at any time, by a worker too: the names are read anew for each snapshot. */
  async #findFilters(): Promise<string[]> {
    const { stdout } = await this.run([
      "config",
      "--includes",
      "--name-only",
      "-z",
      "--get-regexp",
      "^filter\\..*",
    ]);
    const names = new Set<string>();
    for (const key of new TextDecoder().decode(stdout).split("\0")) {
      const name = /^filter\.(.*)\.[^.]+$/s.exec(key)?.[1];
      if (name !== undefined) names.add(name);
    }
    return [...names].flatMap((name) =>
      ["clean=", "smudge=", "process=", "required=false"].flatMap((
        setting,
      ) => ["-c", `filter.${name}.${setting}`])
    );
  }
}

const GUARDS = [
  "--no-optional-locks",
  "--no-replace-objects",
  "--literal-pathspecs",
  "--no-pager",
  ...[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.untrackedCache=false",
    "diff.external=",
    "diff.ignoreSubmodules=none",
    "status.renames=false",
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
    LC_ALL: "C",
  };
}
