/** What speaks of a window for which the new application is to go back, in the notes of its cutover. */
const BAD = /three such windows revert|more than a quarter reverts at once/;
/** The last note says again why. */
const AGAIN = 'reverted: ';

export function badWindows(notes: readonly string[]): number {
  return notes.filter((note) => BAD.test(note) && !note.startsWith(AGAIN)).length;
}

/** Of the requests that clients made in so many seconds. */
export function failedShare(failed: number, seconds: number, perSecond: number): number {
  return failed / Math.max(1, seconds * perSecond);
}

/** A share that is exceeded once in 700 times where that is what is expected of so many requests: three deviations more. */
export function mostByChance(expected: number, requests: number): number {
  return expected + 3 * Math.sqrt((expected * (1 - expected)) / Math.max(1, requests));
}
