/** A command line, with what Deno needs to know of it. */
export interface SessionCommand {
  readonly program: string;
  readonly args: string[];
  readonly detached: boolean;
}

/**
 * A command line whose process begins a session of its own, and so a group: Ctrl-C in a terminal, which goes to everybody in the
 * group of the terminal, does not reach it. By setsid(1) where that is: for `detached` Deno forks this process, which copies the
 * tables of all its memory, and makes each page of it that is written next a page fault; without it the kernel starts the program
 * and copies nothing (posix_spawn). The process is the same from its start, for setsid becomes the program. Until it has, a
 * moment later, there is no group that a signal could be sent to.
 */
export function inOwnSession(program: string, args: readonly string[]): SessionCommand {
  const setsid = findSetsid();
  return setsid === undefined
    ? { program, args: [...args], detached: Deno.build.os !== "windows" }
    : { program: setsid, args: [program, ...args], detached: false };
}

/** Whether setsid ended so because it could not become the program. Source: setsid(1), env(1). */
export function neverBegan({ program }: SessionCommand, code: number | null, stderr: Uint8Array): boolean {
  return program === SETSID && (code === 126 || code === 127) &&
    new TextDecoder().decode(stderr.subarray(0, 16)).startsWith("setsid: ");
}

/** Not by PATH: whose folders may be anybody's. */
const SETSID = "/usr/bin/setsid";
let found: boolean | undefined;

function findSetsid(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  found ??= isFile(SETSID);
  return found ? SETSID : undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
