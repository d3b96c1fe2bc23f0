import assert from "node:assert/strict";

/** A whole number from 0 up to below another. */
export type Random = (below: number) => number;

/** Whole numbers that are the same for the same seed. */
export function seeded(seed: number): Random {
  const bits = randomBits(seed);
  return (below) => bits() % below;
}

/** Numbers from 0 up to below 1 that are the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  const bits = randomBits(seed);
  return () => bits() / 2 ** 32;
}

/** One of them all. */
export function pick<Element>(random: Random, from: readonly Element[]): Element {
  const element = from[random(from.length)];
  assert.ok(element !== undefined);
  return element;
}

/** 32 bits at a time: mulberry32. */
function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
