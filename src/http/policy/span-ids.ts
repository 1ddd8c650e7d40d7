/** Of a request that becomes spans. */
export interface SpanIds {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them: of the exchange; those of its attempts follow from it. */
  readonly spanId: string;
  /** The same of who asks; empty: nobody has said. */
  readonly parentId: string;
}

/** So many digits of an attempt's id are counted up. */
const LAST_DIGITS = 4;
const MOST = 16 ** LAST_DIGITS;

/** The span of an attempt, which its backend takes for its parent. @param number from 1 */
export function attemptId(spanId: string, number: number): string {
  // Counted up from the exchange's own, which is random, they differ from it and from each other.
  const last = (Number.parseInt(spanId.slice(-LAST_DIGITS), 16) + number) % MOST;
  return spanId.slice(0, -LAST_DIGITS) + last.toString(16).padStart(LAST_DIGITS, '0');
}
