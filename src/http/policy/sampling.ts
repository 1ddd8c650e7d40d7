/** Which requests become spans. Plain data: it crosses to the proxy threads. */
export interface Sampling {
  /** Whether a caller that has decided decides for this router too. */
  readonly parentBased: boolean;
  /** Share of the others; 0 is none, 1 is all. */
  readonly ratio: number;
}

/** A random number from 0 up to 1, which it never is. */
export type Chance = () => number;

/** Of a trace id: those after the 18th are random, of which a number has room for 13. */
const RANDOM_FROM = 18;
const RANDOM_TO = 31;
const CHANCES = 2 ** 52;

/** @param said what the caller has decided; `null`: nothing @param chance of the trace, from 0 up to 1 */
export function isSampled({ parentBased, ratio }: Sampling, said: boolean | null, chance: number): boolean {
  return parentBased && said !== null ? said : chance >= 1 - ratio;
}

/** All that see a trace read the same chance off its id, so that those with the same share keep the same traces. */
export function chanceOf(traceId: string): number {
  return Number.parseInt(traceId.slice(RANDOM_FROM, RANDOM_TO), 16) / CHANCES;
}

/** The id with that chance in it. */
export function withChance(traceId: string, chance: number): string {
  const digits = Math.floor(chance * CHANCES).toString(16);
  return (
    traceId.slice(0, RANDOM_FROM) + digits.padStart(RANDOM_TO - RANDOM_FROM, '0') + traceId.slice(RANDOM_TO)
  );
}
