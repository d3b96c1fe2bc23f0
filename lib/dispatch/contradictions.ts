import * as path from "node:path";
import type { Answer } from "../codex/answer.ts";
import type { SeenCommand } from "../codex/events.ts";

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

export interface ClaimSources {
  readonly answer: Answer;
  /** Paths that changed, from the repository's root, as they are shown. */
  readonly changed: readonly string[];
  readonly commands: readonly SeenCommand[];
  /** The commands of the packet's VERIFICATION. */
  readonly verification: readonly string[];
  readonly workdir: string;
  readonly repository: string;
}

/** What Codex claims set beside what was seen. Events are Codex's word too, but a more careless one. Pure. */
export function findContradictions(sources: ClaimSources): Contradiction[] {
  return [...fileContradictions(sources), ...commandContradictions(sources)];
}

function fileContradictions({ answer, changed, workdir, repository }: ClaimSources): Contradiction[] {
  const real = new Set(changed.map((each) => each.replace(/\/$/, "")));
  const claimed = new Set<string>();
  const found: Contradiction[] = [];
  for (const claim of answer.changed_files) {
    const readings = readingsOf(claim, { workdir, repository });
    const hits = [...real].filter((each) =>
      readings.some((reading) => each === reading || each.startsWith(`${reading}/`))
    );
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
  { workdir, repository }: { workdir: string; repository: string },
): string[] {
  const absolute = path.isAbsolute(claim)
    ? [claim]
    : [path.join(workdir, claim), path.join(repository, claim)];
  return absolute.map((each) => path.relative(repository, each).replace(/\/$/, "")).filter((each) =>
    each !== "" && !each.startsWith("../")
  );
}

function commandContradictions({ answer, commands, verification }: ClaimSources): Contradiction[] {
  const seen = commands.map(({ command, exitCode }) => ({ command: bareCommand(command), exitCode }));
  const asked = new Set(verification.map(bareCommand));
  const found: Contradiction[] = [];
  for (const { command, exit_code: claimedExit } of answer.verification_run) {
    const bare = bareCommand(command);
    // The last run of a command is the one that counts: before it something may have been mended.
    const last = seen.findLast((each) => each.command === bare || commandsIn(each.command).includes(bare));
    if (!last) {
      if (asked.has(bare)) {
        found.push({
          kind: "claimed-command-unseen",
          detail: `Codex says that it ran "${command}"; no such command was seen.`,
        });
      }
      continue;
    }
    if (claimedExit === null || last.exitCode === null || claimedExit === last.exitCode) continue;
    const detail =
      `Codex says that "${command}" ended with ${claimedExit}; it was seen to end with ${last.exitCode}.`;
    const failing = claimedExit === 0 && asked.has(bare);
    found.push({ kind: failing ? "claimed-success-failed" : "claimed-exit-differs", detail });
  }
  return found;
}

/** The commands of a line that are joined by `&&`: where the line failed, so did one of them. */
function commandsIn(line: string): string[] {
  return line.split(/\s&&\s/).map((part) => part.trim());
}

/** A command without the shell that wraps it, without a leading `cd … &&`, and with its blanks made one. Exported for its table. */
export function bareCommand(command: string): string {
  let bare = command.trim();
  for (let depth = 0; depth < 5; depth++) {
    const wrapped =
      /^(?:\S*\/)?(?:env\s+)?(?:ba|z|da)?sh\s+(?:-[a-z]+\s+)*-[a-z]*c\s+(.*)$/s.exec(bare)?.[1] ?? bare;
    const inner = unquoted(wrapped.trim());
    const stepped = /^cd\s+(?:'[^']*'|"[^"]*"|\S+)\s*(?:&&|;)\s*(.*)$/s.exec(inner)?.[1] ?? inner;
    if (stepped === bare) break;
    bare = stepped.trim();
  }
  return bare.replace(/^`(.*)`$/s, "$1").replace(/^\$\s+/, "").replace(/\s+/g, " ").trim();
}

/** A whole text in one pair of quotes, without them and their escapes. */
function unquoted(text: string): string {
  if (/^'(?:[^']|'\\'')*'$/s.test(text)) return text.slice(1, -1).replaceAll("'\\''", "'");
  if (/^"(?:[^"\\]|\\.)*"$/s.test(text)) return text.slice(1, -1).replace(/\\(["\\$`])/g, "$1");
  return text;
}
