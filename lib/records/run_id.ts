import { slug } from "../base/text.ts";
import type { Mode } from "../packet/fields.ts";

/**
 * `YYYYMMDD-HHMMSSmmm-<mode>-<slug>-<random>`, in UTC: sorts by time, and is never the same twice. `random` is 32 bits
 * in hexadecimal.
 */
export function newRunId(mode: Mode, objective: string, started: Date): string {
  const stamp = started.toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return `${stamp}-${mode}-${slug(objective)}-${random.toString(16).padStart(8, "0")}`;
}

/** Whether a folder's name is that of a run. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{9}-(worker|verifier|reviewer|synthesizer)-[a-z0-9-]+-[0-9a-f]{8}$/.test(name);
}
