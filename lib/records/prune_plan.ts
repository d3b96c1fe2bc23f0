/** A run as far as pruning asks. */
export interface RunSize {
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** It goes on, or a pipeline needs it that may be taken up again: it is never taken away. */
  readonly needed: boolean;
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

/** The ids of the runs that go, the oldest first. One that is needed counts among those that stay. Pure. */
export function planPrune(runs: readonly RunSize[], rules: PruneRules, now: number): string[] {
  const { keep = Infinity, olderThan = Infinity, maxBytes = Infinity } = rules;
  const lastFirst = [...runs].sort((a, b) => a.id < b.id ? 1 : -1);
  let bytes = 0;
  const going = lastFirst.filter((run, index) => {
    bytes += run.bytes;
    return !run.needed && (index >= keep || now - run.startedAt > olderThan || bytes > maxBytes);
  });
  return going.map(({ id }) => id).reverse();
}
