import { performance } from 'node:perf_hooks';
import { systemTime, WallClock } from './wall-clock.ts';

/** How long the steady clock is trusted before it is set by the system's anew. */
const TRUST_MS = 1000;

/**
 * The system's clock with its fractions. To ask the system takes half a microsecond each time: it is asked once a second,
 * and the steady clock tells what has passed since.
 */
export class LogClock {
  readonly #texts = new WallClock();
  #wall = 0;
  #steady = Number.NEGATIVE_INFINITY;

  /** Unix milliseconds. */
  now(): number {
    const steady = performance.now();
    if (steady - this.#steady >= TRUST_MS) {
      this.#wall = systemTime();
      this.#steady = steady;
    }
    return this.#wall + (steady - this.#steady);
  }

  /** `2006-01-02T15:04:05.000000000Z` */
  rfc3339(): string {
    const now = this.now();
    const nanoseconds = Math.floor((now - Math.floor(now / 1000) * 1000) * 1e6);
    return `${this.#texts.isoSecond(now)}${String(nanoseconds).padStart(9, '0')}Z`;
  }
}
