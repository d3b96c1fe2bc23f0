import { endAllBelow, reapOrphans } from "./below.ts";
import { linuxLibrary } from "./libc.ts";
import { signalGroup, TERM_GRACE } from "./signal_group.ts";
import { openReports } from "./supervision_report.ts";

/** What a supervisor is started with. */
export interface SupervisedCommand {
  /** The file that the report is written to. */
  readonly report: string;
  /** The process that started it: when that is gone, everything is ended. */
  readonly parent: number;
  readonly program: string;
  readonly args: readonly string[];
}

/** How often orphans that have ended are let go. Milliseconds. */
const REAP_EVERY = 1_000;

/**
 * Runs a program with this process's own standard streams and, when it has ended or is to end, ends everything that it started:
 * whatever loses its parent meanwhile falls to this process (PR_SET_CHILD_SUBREAPER) and is found among its children. SIGTERM
 * ends the program, a second one at once; the death of the parent, by whatever cause, at once too. Linux only.
 */
export async function supervise({ report, parent, program, args }: SupervisedCommand): Promise<void> {
  const say = openReports(report);
  const hurry = Promise.withResolvers<undefined>();
  let child: Deno.ChildProcess | undefined;
  let terminated = false;
  Deno.addSignalListener("SIGTERM", () => {
    if (terminated || child === undefined) return hurry.resolve(undefined);
    terminated = true;
    signalGroup(child.pid, "SIGTERM");
    setTimeout(() => hurry.resolve(undefined), TERM_GRACE);
  });
  Deno.addSignalListener(PARENT_DIED, () => hurry.resolve(undefined));
  if (!becomeSubreaper()) {
    return say({ kind: "failed", why: "The kernel lets no process be a subreaper (prctl(2))." });
  }
  // It may have died before it was listened for.
  if (linuxLibrary()?.getppid() !== parent) return;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      detached: true,
    }).spawn();
  } catch (error) {
    return say({ kind: "failed", why: error instanceof Error ? error.message : String(error) });
  }
  const { pid } = child;
  say({ kind: "started", pid });
  const reaping = setInterval(() => reapOrphans(Deno.pid, pid), REAP_EVERY);
  const exit = await Promise.race([child.status, hurry.promise]);
  clearInterval(reaping);
  const survivors = await endAllBelow(Deno.pid, pid);
  // One that cannot be ended never has a status.
  const status = exit ?? (survivors.length === 0 ? await child.status : undefined);
  const signal = status?.signal ?? null;
  say({ kind: "ended", pid, code: signal === null ? status?.code ?? null : null, signal, survivors });
}

/** The signal that the kernel sends when the parent dies: one that can be acted on. */
const PARENT_DIED = "SIGHUP";

/** Source: linux/prctl.h, asm/signal.h. */
const [PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER, SIGHUP] = [1, 36, 37, 1];

function becomeSubreaper(): boolean {
  const libc = linuxLibrary();
  if (!libc) return false;
  return libc.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0 &&
    libc.prctl(PR_SET_PDEATHSIG, BigInt(SIGHUP), 0n, 0n, 0n) === 0;
}

/** Whether a supervisor can do its work here: the kernel knows what it asks for, and its calls may be made. */
export function canSupervise(): boolean {
  const answer = new Int32Array(1);
  const place = Deno.UnsafePointer.value(Deno.UnsafePointer.of(answer));
  return linuxLibrary()?.prctl(PR_GET_CHILD_SUBREAPER, place, 0n, 0n, 0n) === 0;
}
