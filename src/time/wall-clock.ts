import { performance } from 'node:perf_hooks';

/** Texts of the time, made anew only when they change. One per thread. */
export class WallClock {
  #second = -1;
  #httpDate = '';
  #isoSecond = '';

  /** IMF-fixdate for the Date header (RFC 9110 §5.6.7). `wallMs`: Unix milliseconds. */
  httpDate(wallMs: number): string {
    this.#refresh(wallMs);
    return this.#httpDate;
  }

  /** `2006-01-02T15:04:05.000000000Z`, as gorouter's access log prints it. */
  isoNanoseconds(wallMs: number): string {
    return `${this.isoSecond(wallMs)}${String(1_000_000 + this.microsecond(wallMs)).slice(1)}000Z`;
  }

  /** `2006-01-02T15:04:05.` */
  isoSecond(wallMs: number): string {
    this.#refresh(wallMs);
    return this.#isoSecond;
  }

  /** Of its second. */
  microsecond(wallMs: number): number {
    this.#refresh(wallMs);
    return Math.floor((wallMs - this.#second * 1000) * 1000);
  }

  #refresh(wallMs: number): void {
    const second = Math.floor(wallMs / 1000);
    if (second === this.#second) return;
    this.#second = second;
    const date = new Date(second * 1000);
    this.#httpDate = date.toUTCString();
    this.#isoSecond = date.toISOString().slice(0, 20);
  }
}

/** The system's clock with its fractions. Unix milliseconds. */
export function systemTime(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}

/** What the two clocks may be apart from what was measured before it counts: less is the measuring. Milliseconds. */
const TOLERANCE_MS = 0.5;

/** Of this thread: what the system's clock is ahead of the monotonic one. */
let ahead = performance.timeOrigin;

/**
 * Has `wallTime` follow the system's clock, which is set, or goes on while the machine is suspended. To be called a few
 * times a second.
 */
export function followSystemClock(): void {
  const before = performance.now();
  const wall = systemTime();
  const after = performance.now();
  const measured = wall - (before + after) / 2;
  // A thread that is held up between two looks at a clock has measured that.
  if (Math.abs(measured - ahead) > TOLERANCE_MS + after - before) ahead = measured;
}

/** Unix milliseconds with a fraction, for an instant of the monotonic clock. */
export function wallTime(monotonicMs: number): number {
  return ahead + monotonicMs;
}
