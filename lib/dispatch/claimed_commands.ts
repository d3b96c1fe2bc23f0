import * as path from "node:path";
import type { Answer } from "../codex/answer.ts";
import type { SeenCommand } from "../codex/seen_command.ts";
import type { ClaimedPlace } from "./claimed_files.ts";
import { type CommandForm, commandForm, type LinePart, lineParts } from "./command_form.ts";
import type { Contradiction } from "./contradiction.ts";

/** A command with the folder that it was run in, where its text tells that. */
interface PlacedCommand extends CommandForm {
  readonly folder: string | null;
}

interface SeenLine extends PlacedCommand {
  readonly parts: readonly LinePart[];
  readonly exitCode: number | null;
}

interface Claim extends PlacedCommand {
  readonly command: string;
  readonly claimedExit: number | null;
}

/** The commands that Codex claims to have run, set beside those that were seen. Pure. */
export function commandContradictions(
  { answer, commands, verification, place }: {
    readonly answer: Answer;
    readonly commands: readonly SeenCommand[];
    /** The commands of the packet's VERIFICATION. */
    readonly verification: readonly string[];
    readonly place: ClaimedPlace;
  },
): Contradiction[] {
  const seen = commands.map(({ command, exitCode }): SeenLine => ({
    ...placed(command, place),
    parts: lineParts(command),
    exitCode,
  }));
  const asked = new Set(verification.flatMap(commandsAskedFor));
  const claims = answer.verification_run.map(({ command, exit_code }): Claim => ({
    ...placed(command, place),
    command,
    claimedExit: exit_code,
  }));
  const claimedWell = new Set(claims.filter((each) => each.claimedExit === 0).map(({ bare }) => bare));
  return claims.flatMap((claim, at): Contradiction[] => {
    const { bare, command, claimedExit } = claim;
    const same = claims.filter((each) => each.bare === bare);
    const exits = exitsOf(claim, { seen, same, claimedWell });
    if (exits.length === 0) {
      const detail = `Codex says that it ran "${command}"; no such command was seen.`;
      return asked.has(bare) ? [{ kind: "claimed-command-unseen", detail }] : [];
    }
    // The last run of a command is the one that counts: before it something may have been mended.
    const exit = exits.at(-1) ?? null;
    if (claimedExit === null || exit === null || claimedExit === exit) return [];
    // Of one that is claimed several times, an earlier claim tells of an earlier run.
    const isToldAgain = claims.slice(at + 1).some((each) => isSameRun(each, claim));
    if (isToldAgain && exits.includes(claimedExit)) return [];
    const detail = `Codex says that "${command}" ended with ${claimedExit}; it was seen to end with ${exit}.`;
    const failing = claimedExit === 0 && asked.has(bare);
    return [{ kind: failing ? "claimed-success-failed" : "claimed-exit-differs", detail }];
  });
}

/** A command that is asked for, the parts of its line, and what stands in backticks where it is asked for in words. */
function commandsAskedFor(text: string): string[] {
  const spans = [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
  return [text, ...spans].flatMap((each) => [
    commandForm(each).bare,
    ...lineParts(each).map(({ bare }) => bare),
  ]);
}

/** How the runs that a claim may speak of ended, in their order; null for one of which that is open. */
function exitsOf(
  claim: Claim,
  { seen, same, claimedWell }: {
    readonly seen: readonly SeenLine[];
    /** All claims of that command. */
    readonly same: readonly Claim[];
    readonly claimedWell: ReadonlySet<string>;
  },
): (number | null)[] {
  const { bare } = claim;
  const runs = seen.filter((line) => line.bare === bare || line.parts.some((part) => part.bare === bare));
  if (runs.length > 0) {
    const exits = inItsPlace(claim, { runs, same }).map((line) => exitOf(bare, line, claimedWell));
    return exits.length > 0 ? exits : [null];
  }
  // A line may have been run command by command.
  const parts = lineParts(claim.command);
  if (parts.length < 2 || parts.some(({ behind }) => behind === ";")) return [];
  const exits = parts.map((part) => {
    const last = seen.findLast((line) => line.bare === part.bare);
    return last === undefined ? undefined : last.exitCode;
  });
  if (exits.includes(undefined)) return [];
  return [exits.find((exit) => exit !== 0) ?? (exits.includes(null) ? null : 0)];
}

/** The runs in the folder and with the variables of a claim, as far as these tell them apart. */
function inItsPlace(
  claim: Claim,
  { runs, same }: { readonly runs: readonly SeenLine[]; readonly same: readonly Claim[] },
): readonly SeenLine[] {
  const like = runs.filter(({ variables }) => variables === claim.variables);
  const others = new Set(same.map(({ variables }) => variables)).size > 1;
  const alike = like.length > 0 || others ? like : runs;
  // A run whose text names no folder may have been given one: it can be any.
  const here = alike.filter(({ folder }) => folder === claim.folder || folder === null);
  const folders = new Set(same.map(({ folder }) => folder));
  if (folders.size > 1) return alike.filter(({ folder }) => folder === claim.folder);
  return claim.folder === null || !here.some(({ folder }) => folder !== null) ? alike : here;
}

function isSameRun(one: Claim, other: Claim): boolean {
  return one.bare === other.bare && one.folder === other.folder && one.variables === other.variables;
}

/**
 * How a command ended, as far as the line it stood in tells. A line that failed did so at one of its commands: at this one
 * only if none of those behind it can have been the one. Null if that is open.
 */
function exitOf(bare: string, line: SeenLine, claimedWell: ReadonlySet<string>): number | null {
  if (line.bare === bare) return line.exitCode;
  const behind = line.parts.slice(line.parts.findLastIndex((part) => part.bare === bare));
  if (behind.some((part) => part.behind === ";")) return null;
  const cannotBe = behind.slice(1).every((part) => claimedWell.has(part.bare) || CANNOT_FAIL.test(part.bare));
  return line.exitCode === 0 || cannotBe ? line.exitCode : null;
}

const CANNOT_FAIL = /^(?:echo|printf|true|pwd)(?:\s|$)/;

function placed(command: string, { workdir, workdirAsGiven = workdir }: ClaimedPlace): PlacedCommand {
  const form = commandForm(command);
  if (form.folders.length === 0 || form.folders.some((each) => /[$`~*?]|^-/.test(each))) {
    return { ...form, folder: null };
  }
  const folder = path.resolve(workdirAsGiven, ...form.folders);
  return { ...form, folder: path.resolve(workdir, path.relative(workdirAsGiven, folder)) };
}
