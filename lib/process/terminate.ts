/** Time between SIGTERM and SIGKILL. Codex has nothing to save that the run relies on. Milliseconds. */
export const TERM_GRACE = 100;

/**
 * Ends a process that was started in a group of its own, and its group: SIGTERM, and SIGKILL after a grace or as soon as
 * the process itself is gone.
 */
export async function terminateGroup(pid: number, exited: Promise<unknown>): Promise<void> {
  signalGroup(pid, "SIGTERM");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise((resolve) => timer = setTimeout(resolve, TERM_GRACE));
  await Promise.race([exited, grace]);
  clearTimeout(timer);
  killGroup(pid);
}

/** SIGKILL to what is left of a group. */
export function killGroup(pid: number): void {
  signalGroup(pid, "SIGKILL");
}

/** On Windows there are no groups: the process itself is ended. Untested there. */
function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(Deno.build.os === "windows" ? pid : -pid, signal);
  } catch (error) {
    // Already gone, or (macOS) a group of zombies alone.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
  }
}
