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

/** Unix milliseconds with a fraction, for an instant of the monotonic clock. */
export function wallTime(monotonicMs: number): number {
  return performance.timeOrigin + monotonicMs;
}
