const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** What held so long was no failure. */
const LASTING_MS = 30_000;

/**
 * How long to wait before an engine is tried again: ever longer, and half of it by chance, since all agents of a machine
 * lose it at the same moment. @param failures in a row before @param taken milliseconds of the last attempt
 */
export function restAfter(
  failures: number,
  taken: number,
  random: number,
): { readonly failures: number; readonly milliseconds: number } {
  const before = taken > LASTING_MS ? 0 : failures;
  const longest = Math.min(FIRST_MS * 2 ** Math.min(before, 10), LONGEST_MS);
  return { failures: before + 1, milliseconds: longest * (1 - random / 2) };
}
