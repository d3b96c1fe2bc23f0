import { dirname, join } from "node:path";
import { makeHome } from "./home_folder.ts";
import type { ProgramOutcome } from "./program.ts";
import { type ReleaseServer, startReleaseServer } from "./release_server.ts";
import { findPython, findTool, makeToolFolder } from "./tool_folder.ts";

const INSTALLER = join(dirname(dirname(import.meta.dirname ?? "")), "install.sh");

/** The text of install.sh. */
export const INSTALLER_TEXT = await Deno.readTextFile(INSTALLER);

/** The shells of this machine that install.sh is made for: the name, and how each is started. */
export const SHELLS: ReadonlyMap<string, readonly string[]> = new Map(
  [["sh"], ["dash"], ["bash"], ["busybox", "sh"], ["zsh"]].flatMap((command) => {
    const found = findTool(command[0] ?? "");
    return found === undefined ? [] : [[command.join(" "), [found, ...command.slice(1)]] as const];
  }),
);

/** What install.sh downloads with; `curl` in Python where the machine has neither. */
export const DOWNLOADERS: readonly string[] = ["curl", "wget"].filter((name) => findTool(name) !== undefined);

/** A home without codex-dispatch, and releases of it. */
export interface InstallWorld extends AsyncDisposable {
  readonly home: string;
  /** Where the program goes. */
  readonly program: string;
  readonly releases: ReleaseServer;
  /** All that PATH leads to. */
  readonly tools: string;
  /** The whole environment. */
  readonly env: Record<string, string>;
  /** Runs install.sh in a shell as `curl … | sh` does, or as a file. */
  install(shell: string, args?: readonly string[], options?: InstallOptions): Promise<ProgramOutcome>;
  /** Each line is the arguments that the fake program was started with. */
  calls(): Promise<string[]>;
}

export interface InstallOptions {
  /** The script on standard input; by default all of it. */
  readonly script?: string;
  /** Run it from its file instead. */
  readonly asFile?: boolean;
  /** Stands before the shell: another user, for one. */
  readonly before?: readonly string[];
}

export async function makeInstallWorld(downloader = DOWNLOADERS[0]): Promise<InstallWorld> {
  const home = await makeHome();
  const releases = startReleaseServer();
  const tools = join(dirname(home.root), "tools");
  await makeToolFolder(tools, TOOLS);
  await provideDownloader(tools, downloader);
  const env = { PATH: tools, HOME: home.root, CODEX_DISPATCH_RELEASES: releases.url };
  return {
    home: home.root,
    program: join(home.root, ".local", "bin", "codex-dispatch"),
    releases,
    tools,
    env,
    install: (shell, args = [], options = {}) =>
      runInstaller(shell, args, { ...options, env, cwd: home.root }),
    calls: async () => {
      const text = await Deno.readTextFile(join(home.root, "calls")).catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await releases[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** A program that knows what the installer asks of it. It swallows its standard input, which must not be the script. */
export function fakeProgram(version: string): string {
  return `#!/bin/sh
echo "$*" >>"$HOME/calls"
cat >/dev/null
case $1 in
  --version) echo ${version} ;;
  skill) echo "$HOME/.claude/skills/codex-dispatch/SKILL.md" ;;
esac
`;
}

const TOOLS = ["cat", "chmod", "git", "ldd", "mkdir", "mktemp", "mv", "rm", "sha256sum", "shasum", "uname"];

async function provideDownloader(folder: string, name: string | undefined): Promise<void> {
  if (name !== undefined) return await makeToolFolder(folder, [name]);
  await Deno.writeTextFile(join(folder, "curl"), `#!${await findPython()}\n${PYTHON_CURL}`, { mode: 0o755 });
}

/** As much of curl as install.sh asks for. */
const PYTHON_CURL = `import sys, urllib.request
output, url = sys.argv[sys.argv.index("--output") + 1], sys.argv[-1]
try:
    with urllib.request.urlopen(url, timeout=60) as answer, open(output, "wb") as file:
        file.write(answer.read())
except Exception as error:
    sys.exit("curl: " + str(error))
`;

async function runInstaller(
  shell: string,
  args: readonly string[],
  { script = INSTALLER_TEXT, asFile, before = [], env, cwd }: InstallOptions & {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
): Promise<ProgramOutcome> {
  const started = SHELLS.get(shell) ?? [];
  const [file = "", ...rest] = [...before, ...started, ...asFile ? [INSTALLER] : ["-s", "--"], ...args];
  const child = new Deno.Command(file, {
    args: rest,
    cwd,
    env: { ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const input = asFile ? "" : script;
  // A shell that stops at a fault reads no further.
  const fed = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), fed]);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
