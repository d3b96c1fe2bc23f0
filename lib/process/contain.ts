import { runCommand } from "./run_command.ts";

/** How it is made sure that nothing of a run lives on. */
export type Supervision = "namespace" | "tree";

/** A command line that runs a program contained. */
export interface Containment {
  readonly supervision: Supervision;
  readonly program: string;
  /** Stand before the program's own path and arguments. */
  readonly args: readonly string[];
}

/**
 * How a program is run so that all of its descendants end with it: on Linux in a process namespace of its own, which the
 * kernel empties when its first process ends; elsewhere, or where the kernel does not allow it, not at all, and its process
 * group has to do. The user stays who he is. Sources: unshare(1), pid_namespaces(7).
 */
export async function containment(environment: Readonly<Record<string, string>>): Promise<Containment> {
  const none: Containment = { supervision: "tree", program: "", args: [] };
  if (Deno.build.os !== "linux") return none;
  for (
    const user of Deno.uid() === 0
      ? [[], ["--user", "--map-current-user"]]
      : [["--user", "--map-current-user"]]
  ) {
    const unshare = ["unshare", ...user, "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
    if (await works(["--pdeathsig", "KILL", ...unshare, "true"], environment)) {
      return {
        supervision: "namespace",
        program: "setpriv",
        args: ["--pdeathsig", "KILL", ...unshare, ...INIT],
      };
    }
  }
  return none;
}

/**
 * The first process of the namespace: it starts the program, reaps whatever is orphaned meanwhile, and ends with the program's
 * status. Should codex-dispatch itself be killed, setpriv has the kernel kill unshare, and unshare this.
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
