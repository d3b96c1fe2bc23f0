import * as path from "node:path";
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

/**
 * The last report has a place of its own behind the first, so that a supervisor that dies while it writes leaves what it said
 * before. Bytes of each.
 */
const PLACE = 8 * 1024;
const ROOM = new Uint8Array(2 * PLACE).fill(0x20);
/** Of a reason, or of a command line. Characters. */
const MOST_TEXT = 1_000;

/**
 * Makes the file in which the next supervisor reports, and takes the room for it: what is watched over may fill the disk. In one
 * scratch folder supervisors follow each other, and each takes over the room of the one before.
 *
 * @returns its path
 */
export function prepareReports(scratch: string): string {
  const file = path.join(scratch, "supervision");
  const isThere = isOwnFile(file);
  if (!isThere) removeAny(file);
  using opened = Deno.openSync(file, { write: true, createNew: !isThere, mode: 0o600 });
  writeAt(opened, 0, ROOM);
  opened.truncateSync(ROOM.length);
  return file;
}

/** Opens the file for its supervisor, before that starts anything: what is put at the path later gets nothing. */
export function openReports(file: string): (report: SupervisionReport) => void {
  const opened = Deno.openSync(file, { write: true });
  return (report) => {
    const bytes = new TextEncoder().encode(JSON.stringify(shortened(report)));
    writeAt(opened, report.kind === "ended" ? PLACE : 0, bytes);
  };
}

/** The last report; undefined if there is none, or none that a supervisor wrote. */
export function readReport(file: string): SupervisionReport | undefined {
  try {
    const bytes = Deno.readFileSync(file);
    return parseReport(bytes.subarray(PLACE)) ?? parseReport(bytes.subarray(0, PLACE));
  } catch {
    return undefined;
  }
}

function parseReport(bytes: Uint8Array): SupervisionReport | undefined {
  try {
    const report: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

function shortened(report: SupervisionReport): SupervisionReport {
  if (report.kind === "failed") return { ...report, why: report.why.slice(0, MOST_TEXT) };
  if (report.kind === "started") return report;
  const survivors = report.survivors.map(({ pid, command }) => ({
    pid,
    command: command.slice(0, MOST_TEXT),
  }));
  return { ...report, survivors };
}

/** Whether it is a file that has no other name. */
function isOwnFile(file: string): boolean {
  try {
    const { isFile, nlink } = Deno.lstatSync(file);
    return isFile && (nlink ?? 1) === 1;
  } catch {
    return false;
  }
}

function removeAny(file: string): void {
  try {
    Deno.removeSync(file, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function writeAt(file: Deno.FsFile, at: number, bytes: Uint8Array): void {
  file.seekSync(at, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
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
