import type { Survivor } from "./process_tree.ts";

/** What a supervisor tells of the program that it watches over, in a file: nothing else of it is its own. */
export type SupervisionReport =
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "started"; readonly pid: number }
  | {
    readonly kind: "ended";
    readonly pid: number;
    readonly code: number | null;
    readonly signal: string | null;
    readonly survivors: readonly Survivor[];
  };

/** Puts a report in the place of the one before, whole or not at all. */
export function writeReport(file: string, report: SupervisionReport): void {
  Deno.writeTextFileSync(`${file}.new`, JSON.stringify(report), { mode: 0o600 });
  Deno.renameSync(`${file}.new`, file);
}

/** The last report; undefined if there is none, or none that was written by {@link writeReport}. */
export function readReport(file: string): SupervisionReport | undefined {
  try {
    const report: unknown = JSON.parse(Deno.readTextFileSync(file));
    return isReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

// By hand and not by a schema, which would take longer to load than most commands take to run.
function isReport(value: unknown): value is SupervisionReport {
  if (!isRecord(value)) return false;
  const { kind, why, pid, code, signal, survivors } = value;
  if (kind === "failed") return typeof why === "string";
  if (typeof pid !== "number") return false;
  if (kind === "started") return true;
  return kind === "ended" && (code === null || typeof code === "number") &&
    (signal === null || typeof signal === "string") && Array.isArray(survivors) &&
    survivors.every(isSurvivor);
}

function isSurvivor(value: unknown): value is Survivor {
  return isRecord(value) && typeof value["pid"] === "number" && typeof value["command"] === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
