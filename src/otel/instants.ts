/** Seconds and nanoseconds, as OpenTelemetry's libraries have times. */
export type HrTime = [seconds: number, nanoseconds: number];

const NANOS_PER_MS = 1_000_000;

/** @param unixMs Unix milliseconds with a fraction */
export function hrTime(unixMs: number): HrTime {
  const seconds = Math.floor(unixMs / 1000);
  // Rounded down, so that it is never a whole second.
  return [seconds, Math.floor((unixMs - seconds * 1000) * NANOS_PER_MS)];
}

export function hrDuration(milliseconds: number): HrTime {
  return hrTime(Math.max(milliseconds, 0));
}
