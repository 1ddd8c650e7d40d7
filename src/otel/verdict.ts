/** What a collector's answer means (OTLP specification, "Failures" and "OTLP/HTTP Throttling"). */
export type Verdict =
  | { readonly kind: 'taken' }
  /** Worth another try. `pause`: milliseconds that the collector asks for; `null`: it has not said. */
  | { readonly kind: 'busy'; readonly reason: string; readonly pause: number | null }
  /** Never to be sent again. */
  | { readonly kind: 'refused'; readonly reason: string };

const BUSY = new Set([429, 502, 503, 504]);
/** Nobody is believed who asks for more. */
const LONGEST_PAUSE_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_BACK_OFF_MS = 16_000;

/** @param now Unix milliseconds */
export function verdictOf(status: number, retryAfter: string, now: number): Verdict {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const reason = `status ${status}`;
  return BUSY.has(status)
    ? { kind: 'busy', reason, pause: pauseOf(retryAfter, now) }
    : { kind: 'refused', reason };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function pauseOf(text: string, now: number): number | null {
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(asked) ? null : Math.min(Math.max(asked, 0), LONGEST_PAUSE_MS);
}

/** Twice as long after each failure, and by chance up to half as much less. @param failures from 1 */
export function backOff(failures: number, chance: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_BACK_OFF_MS) * (1 - chance / 2);
}
