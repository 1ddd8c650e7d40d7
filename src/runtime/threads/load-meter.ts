import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { ThreadLoad } from './thread-messages.ts';

/** How busy the loop of this thread is, between two times that somebody asks. */
export class LoadMeter {
  readonly #interval: number;
  #since: EventLoopUtilization = performance.eventLoopUtilization();
  #tickedAt = performance.now();
  #late = 0;

  /** @param interval between two ticks, milliseconds */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** To be called by an interval of the loop. */
  tick(): void {
    const now = performance.now();
    this.#late = Math.max(this.#late, now - this.#tickedAt - this.#interval);
    this.#tickedAt = now;
  }

  take(): ThreadLoad {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#since);
    const late = this.#late;
    this.#since = now;
    this.#late = 0;
    return { busy: utilization, late };
  }
}
