/** Measures once, and returns the figure: milliseconds, bytes, a count. */
export type Measure = () => Promise<number>;

export interface Figures {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Comparison {
  readonly ours: Figures;
  readonly floor: Figures;
  /** Ours ÷ floor, of the medians. */
  readonly ratio: number;
}

/**
 * Measures both sides in turn, ours and floor and ours and floor, so that whatever else the machine does meets both
 * alike. A round of each goes before and is not counted: it fills the caches.
 *
 * @throws RangeError unless `rounds` is a positive integer
 */
export async function compare(
  ours: Measure,
  floor: Measure,
  { rounds }: { readonly rounds: number },
): Promise<Comparison> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot compare in ${rounds} rounds. It takes a whole number from 1.`);
  }
  await ours();
  await floor();
  const oursSeen: number[] = [];
  const floorSeen: number[] = [];
  for (let round = 0; round < rounds; round++) {
    oursSeen.push(await ours());
    floorSeen.push(await floor());
  }
  const [first, second] = [figuresOf(oursSeen), figuresOf(floorSeen)];
  return { ours: first, floor: second, ratio: first.median / second.median };
}

/** Median and spread of one figure or more; of an even number the median is the mean of the middle two. Pure. */
export function figuresOf(seen: readonly number[]): Figures {
  const sorted = [...seen].sort((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const middle = sorted.slice(sorted.length % 2 === 1 ? upper : upper - 1, upper + 1);
  return {
    median: middle.reduce((sum, figure) => sum + figure, 0) / middle.length,
    least: sorted[0] ?? NaN,
    most: sorted.at(-1) ?? NaN,
  };
}
