import { slug } from "../base/text.ts";
import { MODES } from "../packet/fields.ts";

/** The modes of a run: those of packets, and the commands that a pipeline runs itself. */
export const RUN_MODES = [...MODES, "run"] as const;
export type RunMode = (typeof RUN_MODES)[number];

/**
 * `YYYYMMDD-HHMMSSmmm-<mode>-<slug>-<random>`, in UTC: sorts by time, and is never the same twice. `random` is 32 bits
 * in hexadecimal.
 */
export function newRunId(mode: RunMode, objective: string, started: Date): string {
  const stamp = started.toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return `${stamp}-${mode}-${slug(objective)}-${random.toString(16).padStart(8, "0")}`;
}

/** Whether a folder's name is that of a run. */
export function isRunId(name: string): boolean {
  return RUN_ID.test(name);
}

const RUN_ID = new RegExp(`^\\d{8}-\\d{9}-(${RUN_MODES.join("|")})-[a-z0-9-]+-[0-9a-f]{8}$`);

/** The moment that a run's id tells. */
export function startOfRun(id: string): Date {
  const [, day = "", time = "", ms = ""] = /^(\d{8})-(\d{6})(\d{3})-/.exec(id) ?? [];
  const iso = `${day.replace(/(....)(..)(..)/, "$1-$2-$3")}T${
    time.replace(/(..)(..)(..)/, "$1:$2:$3")
  }.${ms}Z`;
  return new Date(iso);
}
