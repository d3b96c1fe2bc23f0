import * as path from "node:path";
import type { Answer } from "../codex/answer.ts";
import type { Contradiction } from "./contradiction.ts";

/** Where a claimed path may begin. */
export interface ClaimedPlace {
  readonly workdir: string;
  /** WORKDIR as the packet writes it, where that is another path to the same folder: Codex may answer in its terms. */
  readonly workdirAsGiven?: string;
  readonly repository: string;
}

/** The files that Codex claims to have changed, set beside those that changed. Pure. */
export function fileContradictions(
  { answer, changed, tolerated, place }: {
    readonly answer: Answer;
    /** Paths that changed, from the repository's root, as they are shown. */
    readonly changed: readonly string[];
    /** Of these: build output, which nobody claims. */
    readonly tolerated: readonly string[];
    readonly place: ClaimedPlace;
  },
): Contradiction[] {
  const real = new Set(changed.map(withoutSlash));
  const claimed = new Set(tolerated.map(withoutSlash));
  const found: Contradiction[] = [];
  for (const claim of answer.changed_files) {
    const hits = changesClaimed(claim, [...real], place);
    for (const hit of hits) claimed.add(hit);
    if (hits.length === 0 && !SAYS_NONE.test(claim.trim())) {
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

/** The paths among the changed ones that a claim names, itself or by a folder above; empty if nothing bears it out. Pure. */
export function changesClaimed(claim: string, changed: readonly string[], place: ClaimedPlace): string[] {
  const paths = changed.map(withoutSlash);
  for (const names of [[claim], namesIn(claim)]) {
    const readings = names.flatMap((name) => readingsOf(name, place)).map((each) => each.normalize());
    const hits = paths.filter((each) =>
      readings.some((reading) => reading === "" || `${each.normalize()}/`.startsWith(`${reading}/`))
    );
    if (hits.length > 0) return hits;
  }
  return [];
}

/** What stands in a list of files instead of none. */
const SAYS_NONE = /^(?:|\(?(?:none|n\/a)\)?\.?)$/i;

/** The paths in a claim that says more than one: a rename, a letter of git's, marks, a line, a remark behind it. */
function namesIn(claim: string): string[] {
  return claim.split(/\s+(?:->|=>|→)\s+/).map((each) => {
    const name = each.trim().replace(/^(?:[MADRCTU?]{1,2}\d*\s+|[a-z ]{3,10}:\s+)/, "")
      .replace(/\s+\([^()]*\)$/, "").replace(/(?:\s[-–—]|:)\s.*$/s, "")
      .replace(/(?::\d+(?:[-:]\d+)?|#L\d+(?:-L?\d+)?)$/, "");
    return unquoted(name.replace(/^([`'])(.*)\1$/s, "$2"));
  });
}

/** A name in double quotes with octal escapes, as git prints it. Source: git-config(1), core.quotePath. */
function unquoted(name: string): string {
  const inner = /^"(.*)"$/s.exec(name)?.[1];
  if (inner === undefined) return name;
  const bytes = [...inner.matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)].flatMap(([text, octal, escaped]) =>
    octal === undefined ? [...new TextEncoder().encode(escaped ?? text)] : [Number.parseInt(octal, 8)]
  );
  return new TextDecoder().decode(new Uint8Array(bytes));
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
