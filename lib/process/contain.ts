import { runCommand } from "./run_command.ts";
import { canSupervise } from "./supervise.ts";
import { SUPERVISE } from "./supervise_command.ts";

/** How it is made sure that nothing of a run lives on. */
export type Supervision = "namespace" | "subreaper" | "tree";

/** A command line that runs a program contained. */
export interface Containment {
  readonly supervision: Supervision;
  readonly program: string;
  /** Stand before the program's own path and arguments. */
  readonly args: readonly string[];
  /** A folder for what a supervisor tells. */
  readonly scratch?: string;
}

export interface ContainmentOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** How codex-dispatch is started again, as a supervisor. */
  readonly self: readonly string[];
  /** A folder outside of the repository. */
  readonly scratch: string;
}

/**
 * How a program is run so that all of its descendants end with it. On Linux in a process namespace of its own, which the
 * kernel empties when its first process ends; where the kernel does not allow it (or setpriv and unshare of util-linux are
 * missing) below a supervisor, to which every orphan falls. Elsewhere its tree has to do, as far as it can be seen. The user
 * stays who he is. Sources: unshare(1), pid_namespaces(7), prctl(2).
 */
export async function containment({ environment, self, scratch }: ContainmentOptions): Promise<Containment> {
  if (Deno.build.os !== "linux") return NOT_CONTAINED;
  for (
    const user of Deno.uid() === 0
      ? [[], ["--user", "--map-current-user"]]
      : [["--user", "--map-current-user"]]
  ) {
    const unshare = ["unshare", ...user, "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
    if (await works([...PARENT_DEATH, ...unshare, "/bin/sh", "-c", ":"], environment)) {
      return { supervision: "namespace", program: "setpriv", args: [...PARENT_DEATH, ...unshare, ...INIT] };
    }
  }
  const [program, ...args] = self;
  if (program === undefined || !canSupervise()) return NOT_CONTAINED;
  return { supervision: "subreaper", program, args: [...args, SUPERVISE], scratch };
}

/** Nothing holds the tree together. */
export const NOT_CONTAINED: Containment = { supervision: "tree", program: "", args: [] };

/**
 * For setpriv: should codex-dispatch die, by whatever cause, the kernel kills what follows; and should it be dead already, the
 * shell sees another parent and starts nothing.
 */
const PARENT_DEATH = [
  "--pdeathsig",
  "KILL",
  "/bin/sh",
  "-c",
  '[ "$PPID" = "$0" ] && exec "$@"',
  String(Deno.pid),
];

/**
 * The first process of the namespace: it starts the program, reaps whatever is orphaned meanwhile, and ends with the program's
 * status. Should unshare be killed, the kernel kills this.
 */
const INIT = ["/bin/sh", "-c", '"$@"; exit $?', "codex-dispatch"];

async function works(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    return (await runCommand("setpriv", args, { env: environment, deadline: 5_000 })).code === 0;
  } catch {
    return false;
  }
}

/** The signal behind a status of a shell's form (128 and its number), or undefined. Source: sh(1). */
export function signalBehind(status: number): string | undefined {
  return status > 128 && status < 128 + 65 ? SIGNALS[status - 128] ?? `signal ${status - 128}` : undefined;
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};
