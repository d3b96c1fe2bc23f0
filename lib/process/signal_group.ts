/** Time between SIGTERM and SIGKILL. Codex has nothing to save that the run relies on. Milliseconds. */
export const TERM_GRACE = 100;

/** Sends a signal to a process group; false if there is nobody in it. */
export function signalGroup(group: number, signal: Deno.Signal): boolean {
  try {
    // On Windows there are no groups: the process itself is meant. Untested there.
    Deno.kill(Deno.build.os === "windows" ? group : -group, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Others' processes alone; or (macOS) zombies alone.
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}
