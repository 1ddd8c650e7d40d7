import type { Random } from '../../fuzz/random.ts';

const RANGE = 2 ** 32;
/** From here on a normal number, rounded, is as good as a count. */
const MANY = 50;

/** From 0 to 1, without 1. */
export function uniform(random: Random): number {
  return random.below(RANGE) / RANGE;
}

export function happens(random: Random, chance: number): boolean {
  return chance > 0 && uniform(random) < chance;
}

/** How many of what comes at random come in a time in which so many are expected. */
export function poisson(random: Random, expected: number): number {
  if (expected >= MANY) return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)));
  const limit = Math.exp(-expected);
  let count = 0;
  for (let product = uniform(random); product > limit; product *= uniform(random)) count++;
  return count;
}

export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)));
  return radius * Math.cos(2 * Math.PI * uniform(random));
}
