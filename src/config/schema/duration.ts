/** Longest duration a timer takes: 2^31-1 ms, a little under 25 days. */
export const LONGEST_DURATION = 2_147_483_647;

export type DurationError = 'not-a-duration' | 'negative' | 'too-long';

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

// Bounded, so that no text is worth much work: longer ones are no duration anybody writes.
const LONGEST_TEXT = 64;
const COMPONENT = /(?:(\d+)(?:\.(\d*))?|\.(\d+))(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Milliseconds of a duration as Go writes it (`1m30s`, `500ms`, `1.5h`, `0`), at most `LONGEST_DURATION`.
 * A part of a millisecond counts as a whole one, so that a tiny timeout does not become "none".
 */
export function parseDuration(text: string): number | DurationError {
  if (text.length > LONGEST_TEXT) return 'not-a-duration';
  const sign = /^[+-]/.test(text) ? 1 : 0;
  let nanoseconds = text.slice(sign) === '0' ? 0n : componentSum(text, sign);
  if (nanoseconds === null) return 'not-a-duration';
  if (text.startsWith('-')) nanoseconds = -nanoseconds;
  if (nanoseconds < 0n) return 'negative';
  const milliseconds = (nanoseconds + 999_999n) / 1_000_000n;
  return milliseconds > LONGEST_DURATION ? 'too-long' : Number(milliseconds);
}

function componentSum(text: string, start: number): bigint | null {
  let sum = 0n;
  COMPONENT.lastIndex = start;
  do {
    const match = COMPONENT.exec(text);
    if (match === null) return null;
    const [, whole = '0', fraction = match[3] ?? '', , unit = ''] = match;
    const nanoseconds = NANOSECONDS[unit] ?? 0n;
    sum += BigInt(whole) * nanoseconds;
    sum += (BigInt(`0${fraction}`) * nanoseconds) / 10n ** BigInt(fraction.length);
  } while (COMPONENT.lastIndex < text.length);
  return sum;
}
