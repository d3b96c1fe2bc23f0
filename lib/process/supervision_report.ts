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
    const report: SupervisionReport = JSON.parse(Deno.readTextFileSync(file));
    return ["failed", "started", "ended"].includes(report.kind) ? report : undefined;
  } catch {
    return undefined;
  }
}
