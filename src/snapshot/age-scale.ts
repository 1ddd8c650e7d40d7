/**
 * Ages as one printable character each, with steps of about a tenth: from 10 s to 32 h, which is more than an endpoint
 * is trusted for. An age is rounded up, so that nobody is taken for younger than they are, by less than 1 s and a
 * tenth of the age, or to 10 s.
 */

/** The endpoint is gone. */
export const GONE = '-';
/** Nothing is known, or it is older than the scale goes. */
export const UNKNOWN = '~';

const SHORTEST_MS = 10_000;
const RATIO = 1.1;
/** Added in each step, so that the scale needs fewer of them at its lower end. */
const STEP_MS = 1000;

/** `!` to `}`, without `-`. */
const CHARACTERS = Array.from({ length: 0x7e - 0x21 }, (_, index) =>
  String.fromCharCode(0x21 + index),
).filter((character) => character !== GONE);

/** Milliseconds, of each character. */
const AGES: readonly number[] = scale();

const AGE_OF: ReadonlyMap<string, number> = new Map(
  CHARACTERS.map((character, index) => [character, AGES[index]!]),
);

/** @param age milliseconds; one below 0, after the clock was set back, is 0 */
export function ageCharacter(age: number): string {
  let low = 0;
  let high = AGES.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (AGES[middle]! < age) low = middle + 1;
    else high = middle;
  }
  return CHARACTERS[low] ?? UNKNOWN;
}

/** Milliseconds; `undefined`: the character says none. */
export function ageOf(character: string): number | undefined {
  return AGE_OF.get(character);
}

function scale(): number[] {
  const ages: number[] = [];
  for (let age = SHORTEST_MS; ages.length < CHARACTERS.length; age = Math.floor(age * RATIO + STEP_MS)) {
    ages.push(age);
  }
  return ages;
}
