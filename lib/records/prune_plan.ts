/** A run as far as pruning asks. */
export interface RunSize {
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** It goes on: it is never taken away. */
  readonly live: boolean;
}

/** A run goes if any of these says so. */
export interface PruneRules {
  /** So many of the last runs stay. */
  readonly keep?: number | undefined;
  /** Older ones go. Milliseconds. */
  readonly olderThan?: number | undefined;
  /** The last runs stay that have so many bytes together. */
  readonly maxBytes?: number | undefined;
}

/** The ids of the runs that go, the oldest first. A live one counts among those that stay. Pure. */
export function planPrune(runs: readonly RunSize[], rules: PruneRules, now: number): string[] {
  const { keep = Infinity, olderThan = Infinity, maxBytes = Infinity } = rules;
  const lastFirst = [...runs].sort((a, b) => a.id < b.id ? 1 : -1);
  let bytes = 0;
  const going = lastFirst.filter((run, index) => {
    bytes += run.bytes;
    return !run.live && (index >= keep || now - run.startedAt > olderThan || bytes > maxBytes);
  });
  return going.map(({ id }) => id).reverse();
}
