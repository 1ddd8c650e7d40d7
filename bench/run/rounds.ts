import { TOO_FEW_ROUNDS } from '../report/check.ts';
import type { Length } from '../scenario.ts';

/** A median of fewer says little. */
export const FEWEST_ROUNDS = 3;

/** @param done rounds, of those that were meant */
export function describeRounds(
  done: number,
  { rounds, seconds }: Pick<Length, 'rounds' | 'seconds'>,
): string {
  const missing = done < rounds ? `, of ${rounds} for which there was no time` : '';
  return `${done} interleaved rounds of ${seconds} s${missing}`;
}

/** Why figures of so many rounds are to be doubted: none, or one reason. */
export function doubtOfRounds(done: number, { rounds }: Pick<Length, 'rounds'>): readonly string[] {
  return done < Math.min(FEWEST_ROUNDS, rounds) ? [TOO_FEW_ROUNDS] : [];
}
