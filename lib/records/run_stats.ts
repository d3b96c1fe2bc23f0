import type { Decision } from "./review.ts";

/** What statistics ask of a run. */
export interface CountedRun {
  /** As a list of runs says it: `running` and `unreadable` among them. */
  readonly status: string;
  readonly mode: string | null;
  /** Of the answer; null where there is none. */
  readonly verdict: string | null;
  readonly review: Decision["decision"] | null;
  /** null where it came to no end of its own. */
  readonly durationMs: number | null;
  readonly usage: Readonly<Record<string, number>> | null;
}

export interface Durations {
  readonly runs: number;
  readonly median_ms: number;
  readonly p90_ms: number;
  readonly total_ms: number;
}

export interface RunStats {
  readonly runs: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_mode: Readonly<Record<string, number>>;
  readonly by_verdict: Readonly<Record<string, number>>;
  readonly by_review: Readonly<Record<string, number>>;
  /** Of the runs that came to an end of their own; null where there is none. */
  readonly durations: Durations | null;
  readonly durations_by_mode: Readonly<Record<string, Durations>>;
  /** Sums over the runs that say what they used. */
  readonly tokens: Readonly<Record<string, number>> & { readonly runs: number };
}

/** Counts, durations and tokens of runs. Pure. */
export function runStats(runs: readonly CountedRun[]): RunStats {
  const ended = runs.filter(({ durationMs }) => durationMs !== null);
  const byMode = Map.groupBy(ended, ({ mode }) => mode ?? "unknown");
  return {
    runs: runs.length,
    by_status: count(runs.map(({ status }) => status)),
    by_mode: count(runs.map(({ mode }) => mode ?? "unknown")),
    by_verdict: count(runs.map(({ verdict }) => verdict ?? "none")),
    by_review: count(runs.map(({ review }) => review ?? "none")),
    durations: durationsOf(ended),
    durations_by_mode: Object.fromEntries(
      [...byMode].flatMap(([mode, each]) => {
        const durations = durationsOf(each);
        return durations ? [[mode, durations]] : [];
      }),
    ),
    tokens: tokensOf(runs),
  };
}

/** The smallest value that a share of all values does not exceed: the nearest-rank method. Pure. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

function durationsOf(runs: readonly CountedRun[]): Durations | null {
  const sorted = runs.map(({ durationMs }) => durationMs ?? 0).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return {
    runs: sorted.length,
    median_ms: percentile(sorted, 0.5),
    p90_ms: percentile(sorted, 0.9),
    total_ms: sorted.reduce((sum, each) => sum + each, 0),
  };
}

function tokensOf(runs: readonly CountedRun[]): RunStats["tokens"] {
  const sums: Record<string, number> = {};
  const known = runs.flatMap(({ usage }) => usage ? [usage] : []);
  for (const usage of known) {
    for (const [name, value] of Object.entries(usage)) sums[name] = (sums[name] ?? 0) + value;
  }
  return { ...sums, runs: known.length };
}

/** The most frequent first. */
function count(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
