import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { leanStart } from "./lean_path.ts";
import type { PublicProgram, TestUser } from "./users.ts";

const root = dirname(dirname(import.meta.dirname ?? "."));
const deadlineMs = 120_000;

export interface ProgramOptions {
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Written to standard input, which is then closed. Without it there is none. */
  readonly stdin?: string | Uint8Array<ArrayBuffer>;
  /** Somebody else than who runs the tests, and the program where he can reach it. */
  readonly as?: { readonly user: TestUser; readonly program: PublicProgram };
}

/** How the program ended; `code` is 128 and the signal's number where a signal ended it. */
export interface ProgramOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. Disposing ends it with SIGKILL if it runs still. */
export interface StartedProgram extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly pid: number;
  /** Rejects if the program runs for longer than 120 s; it is killed then. */
  readonly outcome: Promise<ProgramOutcome>;
}

/**
 * Runs codex-dispatch from outside, as a user does, to its end: the compiled binary that `CODEX_DISPATCH_BINARY` names,
 * else main.ts of this repository.
 */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<ProgramOutcome> {
  await using program = await startProgram(args, options);
  return await program.outcome;
}

/** Starts codex-dispatch like {@link runProgram}, for a test that does something to it while it runs. */
export async function startProgram(
  args: readonly string[],
  options: ProgramOptions,
): Promise<StartedProgram> {
  const { command, variables } = options.as?.program ?? await programCommand();
  const [file = "", ...before] = command;
  const start = await leanStart({ args, env: options.env });
  const child = new Deno.Command(file, {
    args: [...before, ...start.args],
    cwd: options.cwd,
    env: { ...variables, ...start.env },
    clearEnv: true,
    ...options.as?.user.ids,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A program that reads no further is no fault of the test: its outcome tells.
  const fed = options.stdin === undefined
    ? Promise.resolve()
    : new Blob([options.stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const outcome = withinDeadline(child, Promise.all([child.output(), fed]).then(([output]) => read(output)));
  // Whoever awaits it sees the rejection; a test that failed before that must not fail once more.
  outcome.catch(() => {});
  return {
    child,
    pid: child.pid,
    outcome,
    async [Symbol.asyncDispose](): Promise<void> {
      kill(child);
      await outcome.catch(() => {});
    },
  };
}

/**
 * What still runs in an environment: everything that the program started there, and that was started by it in turn.
 * Told by HOME, which tests have each for themselves. Linux alone.
 */
export async function findProcesses(
  env: Readonly<Record<string, string>>,
): Promise<{ pid: number; command: string }[]> {
  const processes: { pid: number; command: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const variables = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!variables.split("\0").includes(`HOME=${env["HOME"]}`)) continue;
      const command = (await Deno.readTextFile(`/proc/${name}/cmdline`)).replaceAll("\0", " ").trim();
      processes.push({ pid: Number(name), command });
    } catch {
      // It ended meanwhile, or belongs to another user.
    }
  }
  return processes;
}

/** SIGKILL to what {@link findProcesses} finds, so that a test that fails leaves nothing behind. */
export async function killProcesses(env: Readonly<Record<string, string>>): Promise<void> {
  for (const { pid } of await findProcesses(env)) kill({ kill: (signal) => Deno.kill(pid, signal) });
}

/** What was killed is gone a moment later: the kernel hands the signal on. What is left is ended, and told. */
export async function assertNothingLives(env: Readonly<Record<string, string>>): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until;) {
    if ((await findProcesses(env)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const alive = await findProcesses(env);
  await killProcesses(env);
  assert.deepEqual(alive, []);
}

async function withinDeadline(
  child: Deno.ChildProcess,
  outcome: Promise<ProgramOutcome>,
): Promise<ProgramOutcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // It rejects at once: what the program left behind may hold its pipes open for ever.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      kill(child);
      reject(new Error(`codex-dispatch ran for more than ${deadlineMs / 1000} s and was killed.`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

function kill(child: { readonly kill: (signal: Deno.Signal) => void }): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function read({ code, stdout, stderr }: Deno.CommandOutput): ProgramOutcome {
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The words by which a shell starts the program as {@link startProgram} does. */
export async function programWords(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { command } = await programCommand();
  const start = await leanStart({ args, env });
  const path = start.env["PATH"] === env["PATH"] ? [] : ["/usr/bin/env", `PATH=${start.env["PATH"]}`];
  return [...path, ...command, ...start.args];
}

export interface ProgramCommand {
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

let found: Promise<ProgramCommand> | undefined;

/** How the program is started: for a test that starts it by way of another one. */
export function programCommand(): Promise<ProgramCommand> {
  return found ??= findProgram();
}

async function findProgram(): Promise<ProgramCommand> {
  const binary = Deno.env.get("CODEX_DISPATCH_BINARY");
  if (binary !== undefined && binary !== "") return { command: [await Deno.realPath(binary)], variables: {} };
  const command = [Deno.execPath(), "run", "--allow-all", "--quiet", join(root, "main.ts")];
  return { command, variables: await denoVariables() };
}

/** With the HOME of a test Deno would look for its packages in an empty cache, and download them. */
export async function denoVariables(): Promise<Record<string, string>> {
  return { DENO_DIR: await denoFolder(), DENO_NO_UPDATE_CHECK: "1" };
}

async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config"],
    env: { DENO_NO_PACKAGE_JSON: "1" },
    stdin: "null",
    stderr: "null",
  }).output();
  const info: unknown = JSON.parse(new TextDecoder().decode(stdout));
  if (typeof info === "object" && info !== null && "denoDir" in info && typeof info.denoDir === "string") {
    return info.denoDir;
  }
  throw new Error(`"deno info --json" names no "denoDir".`);
}
