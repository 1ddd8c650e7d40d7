import { performance } from 'node:perf_hooks';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import { START_LIMIT_MS } from './open-door.ts';
import { PulseWatch } from './pulse-watch.ts';
import type { Pulses } from './pulses.ts';

const INTERVAL_MS = 1000;
const STUCK_AFTER_MS = 5000;

/** Looks once a second which threads are stuck. */
export class ThreadWatch {
  readonly #pulses: Pulses;
  readonly #watch = new PulseWatch({
    stuckAfter: STUCK_AFTER_MS,
    startLimit: START_LIMIT_MS,
    interval: INTERVAL_MS,
  });
  readonly #onStuck: (lane: number) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(pulses: Pulses, onStuck: (lane: number) => void) {
    this.#pulses = pulses;
    this.#onStuck = onStuck;
  }

  start(): void {
    this.#timer = every(INTERVAL_MS, ONE_ROUND, () => {
      const stuck = this.#watch.look(performance.now(), (lane) => this.#pulses.read(lane));
      for (const lane of stuck) this.#onStuck(lane);
    });
  }

  begin(lane: number): void {
    this.#watch.begin(lane, this.#pulses.read(lane));
  }

  end(lane: number): void {
    this.#watch.end(lane);
  }

  /** While something makes the thread stand still on purpose. */
  async without<Result>(lane: number, work: Promise<Result>): Promise<Result> {
    this.#watch.pause(lane);
    try {
      return await work;
    } finally {
      this.#watch.resume(lane);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
