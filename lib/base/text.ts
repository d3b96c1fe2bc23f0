/** `1 file`, `2 files`; give `many` where an added s would be wrong. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

/** A whole number with commas between the thousands. (`toLocaleString` would load all of the locales: 15 ms.) */
export function showCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Lower-case letters and digits with single dashes between, at most `most` characters; `task` if nothing is left. */
export function slug(text: string, most = 40): string {
  const words = text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return words.slice(0, most).replace(/^-+|-+$/g, "") || "task";
}

/**
 * The candidate nearest to `word` by edit distance, if it is at most `most` edits away; the first of equals. Two edits make
 * any short word of another: of one with fewer than four letters one is the most.
 */
export function nearest(
  word: string,
  candidates: readonly string[],
  most = word.length < 4 ? 1 : 2,
): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    // Each letter more is an edit at least: most candidates are ruled out without the table.
    if (Math.abs(word.length - candidate.length) > most) continue;
    const distance = editDistance(word, candidate);
    if (distance <= most && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/**
 * Text from outside made safe for a terminal and for one line: control characters (escape sequences among them)
 * become spaces, runs of white space one, and what is over `most` characters an ellipsis.
 */
export function oneLine(text: string, most = 160): string {
  // A bounded slice first: the text may be a megabyte of a command's output.
  const head = text.slice(0, most * 4);
  // deno-lint-ignore no-control-regex
  const line = head.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  if (line.length <= most && !/\S/.test(text.slice(head.length))) return line;
  // Half of a character outside the basic plane is none.
  return `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "").trimEnd()}…`;
}

/** Insertions, deletions, replacements and swaps of neighbours, each counted as one. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replace = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? Infinity) + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
  }
  return at(a.length, b.length);
}
