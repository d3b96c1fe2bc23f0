import * as path from "node:path";
import type { Answer } from "../codex/answer.ts";
import type { SeenCommand } from "../codex/seen_command.ts";

export interface Contradiction {
  readonly kind:
    | "claimed-file-unchanged"
    | "claimed-success-failed"
    | "unclaimed-change"
    | "claimed-command-unseen"
    | "claimed-exit-differs";
  readonly detail: string;
}

/** Of these a gate does not let pass; the others inform. */
export const FAILING_CONTRADICTIONS: readonly Contradiction["kind"][] = [
  "claimed-file-unchanged",
  "claimed-success-failed",
];

/** Where a claimed path may begin. */
export interface ClaimedPlace {
  readonly workdir: string;
  /** WORKDIR as the packet writes it, where that is another path to the same folder: Codex may answer in its terms. */
  readonly workdirAsGiven?: string;
  readonly repository: string;
}

export interface ClaimSources extends ClaimedPlace {
  readonly answer: Answer;
  /** Paths that changed, from the repository's root, as they are shown. */
  readonly changed: readonly string[];
  /** Of these: build output, which nobody claims. */
  readonly tolerated?: readonly string[];
  readonly commands: readonly SeenCommand[];
  /** The commands of the packet's VERIFICATION. */
  readonly verification: readonly string[];
}

/** What Codex claims set beside what was seen. Events are Codex's word too, but a more careless one. Pure. */
export function findContradictions(sources: ClaimSources): Contradiction[] {
  return [...fileContradictions(sources), ...commandContradictions(sources)];
}

/** The paths among the changed ones that a claim names, itself or by a folder above; empty if nothing bears it out. Pure. */
export function changesClaimed(claim: string, changed: readonly string[], place: ClaimedPlace): string[] {
  const readings = readingsOf(claim, place);
  return changed.map(withoutSlash).filter((each) =>
    readings.some((reading) => reading === "" || `${each}/`.startsWith(`${reading}/`))
  );
}

function fileContradictions(sources: ClaimSources): Contradiction[] {
  const { answer, changed, tolerated = [] } = sources;
  const real = new Set(changed.map(withoutSlash));
  const claimed = new Set(tolerated.map(withoutSlash));
  const found: Contradiction[] = [];
  for (const claim of answer.changed_files) {
    const hits = changesClaimed(claim, [...real], sources);
    for (const hit of hits) claimed.add(hit);
    if (hits.length === 0) {
      found.push({
        kind: "claimed-file-unchanged",
        detail: `Codex says that it changed "${claim}"; nothing of that name changed.`,
      });
    }
  }
  for (const each of real) {
    if (!claimed.has(each)) {
      found.push({ kind: "unclaimed-change", detail: `"${each}" changed, and Codex does not say so.` });
    }
  }
  return found;
}

/** The paths from the root that a claimed path may mean: as absolute, from WORKDIR, from the root. */
function readingsOf(
  claim: string,
  { workdir, workdirAsGiven = workdir, repository }: ClaimedPlace,
): string[] {
  const absolute = path.isAbsolute(claim)
    ? [claim, path.join(workdir, path.relative(workdirAsGiven, claim))]
    : [path.join(workdir, claim), path.join(repository, claim)];
  return absolute.map((each) => withoutSlash(path.relative(repository, each))).filter((each) =>
    !each.startsWith("../")
  );
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}

function commandContradictions({ answer, commands, verification }: ClaimSources): Contradiction[] {
  const seen = commands.map(({ command, exitCode }) => ({ ...formsOf(command), exitCode }));
  const asked = new Set(verification.map(bareCommand));
  const claims = answer.verification_run.map((claim) => ({ ...claim, ...formsOf(claim.command) }));
  const claimedWell = new Set(claims.filter((claim) => claim.exit_code === 0).map(({ bare }) => bare));
  const found: Contradiction[] = [];
  for (const { command, bare, placed, exit_code: claimedExit } of claims) {
    const runs = seen.filter((each) => each.bare === bare || commandsIn(each.bare).includes(bare));
    if (runs.length === 0) {
      if (asked.has(bare)) {
        found.push({
          kind: "claimed-command-unseen",
          detail: `Codex says that it ran "${command}"; no such command was seen.`,
        });
      }
      continue;
    }
    // Claimed of several folders, it is told apart by its `cd`.
    const places = new Set(claims.filter((each) => each.bare === bare).map((each) => each.placed));
    const here = places.size === 1
      ? runs
      : runs.filter((each) => `${each.placed} && `.startsWith(`${placed} && `));
    // The last run of a command is the one that counts: before it something may have been mended.
    const exit = exitOf(bare, here.at(-1), claimedWell);
    if (claimedExit === null || exit === null || claimedExit === exit) continue;
    const detail = `Codex says that "${command}" ended with ${claimedExit}; it was seen to end with ${exit}.`;
    const failing = claimedExit === 0 && asked.has(bare);
    found.push({ kind: failing ? "claimed-success-failed" : "claimed-exit-differs", detail });
  }
  return found;
}

/**
 * How a command ended, as far as the line it stood in tells. A line that failed did so at one of its commands: at this one
 * only if none of those behind it can have been the one. Null if that is open.
 */
function exitOf(
  bare: string,
  line: { readonly bare: string; readonly exitCode: number | null } | undefined,
  claimedWell: ReadonlySet<string>,
): number | null {
  if (!line || line.bare === bare || line.exitCode === 0) return line?.exitCode ?? null;
  const parts = commandsIn(line.bare);
  const behind = parts.slice(parts.lastIndexOf(bare) + 1);
  return behind.every((each) => claimedWell.has(each) || CANNOT_FAIL.test(each)) ? line.exitCode : null;
}

const CANNOT_FAIL = /^(?:echo|printf|true|pwd)(?:\s|$)/;

/** The commands of a line that are joined by `&&`. */
function commandsIn(line: string): string[] {
  return line.split("&&").map((part) => part.trim());
}

function formsOf(command: string): { readonly bare: string; readonly placed: string } {
  return { bare: bareCommand(command), placed: peeled(command, withoutShell) };
}

/** A command without the shell that wraps it, without a leading `cd … &&`, and with its blanks made one. Exported for its table. */
export function bareCommand(command: string): string {
  return peeled(command, (each) => withoutFolder(withoutShell(each)));
}

function peeled(command: string, peel: (command: string) => string): string {
  let bare = command.trim();
  for (let depth = 0; depth < 5; depth++) {
    const inner = peel(bare.replace(/^`([^`]*)`$/, "$1").replace(/^\$\s+/, "")).trim();
    if (inner === bare) break;
    bare = inner;
  }
  return bare.replace(/\s+/g, " ");
}

function withoutShell(command: string): string {
  const wrapped = /^(?:\S*\/)?(?:env\s+(?:\S*\/)?)?(?:ba|z|da)?sh\s+(?:-[a-z]+\s+)*-[a-z]*c\s+(.*)$/s.exec(
    command,
  )?.[1];
  return unquoted((wrapped ?? command).trim());
}

function withoutFolder(command: string): string {
  return /^cd\s+(?:'[^']*'|"[^"]*"|\S+)\s*(?:&&|;)\s*(.*)$/s.exec(command)?.[1] ?? command;
}

/**
 * The text of a shell word that is in quotes, in whole or in part; any other text as it is. Codex writes a word with both kinds
 * of quotes or a `$` in it as several quoted pieces. Source: POSIX, Shell Command Language, 2.2 Quoting.
 */
function unquoted(text: string): string {
  if (!/["']/.test(text) || !/^(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s"'\\])+$/s.test(text)) return text;
  return text.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
  );
}
