/** What a thread has done since it began: both only grow. */
export interface Done {
  readonly requests: number;
  /** Microseconds of CPU. */
  readonly cpu: number;
}

/** How a thread fares. */
export interface Pace {
  /** Over the last ten seconds, or since the thread began. */
  readonly requestsPerSecond: number;
  /** The share of one CPU, 0 to 1, over the same. */
  readonly cpu: number;
  /** How late turns of the loop came that were due, over the last minute. Milliseconds. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
}

interface Sample extends Done {
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** Between two ticks, as they are due. */
const TICK_MS = 100;
const TICKS_PER_SAMPLE = 10;
/** The last ten seconds, and where they begin. */
const MOST_SAMPLES = 11;
/** The last minute. */
const MOST_TICKS = 600;

/** How busy a thread is, from what it has done and how late its ticks come. */
export class ThreadFigures {
  readonly #read: () => Done;
  readonly #late = new Float64Array(MOST_TICKS);
  #ticks = 0;
  #lastTick: number;
  /** Oldest first. */
  #samples: Sample[];

  /** @param now monotonic milliseconds */
  constructor(now: number, read: () => Done) {
    this.#read = read;
    this.#lastTick = now;
    this.#samples = [{ at: now, ...read() }];
  }

  /** Call it every 100 ms. @param now monotonic milliseconds */
  tick(now: number): void {
    this.#late[this.#ticks % MOST_TICKS] = Math.max(0, now - this.#lastTick - TICK_MS);
    this.#lastTick = now;
    if (++this.#ticks % TICKS_PER_SAMPLE !== 0) return;
    this.#samples = [...this.#samples, { at: now, ...this.#read() }].slice(-MOST_SAMPLES);
  }

  /** @param now monotonic milliseconds */
  pace(now: number): Pace {
    const [oldest] = this.#samples as [Sample];
    const { requests, cpu } = this.#read();
    const elapsed = Math.max(1, now - oldest.at);
    const late = this.#late.subarray(0, Math.min(this.#ticks, MOST_TICKS)).toSorted();
    const at = (share: number): number =>
      late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0;
    return {
      requestsPerSecond: ((requests - oldest.requests) * 1000) / elapsed,
      cpu: (cpu - oldest.cpu) / 1000 / elapsed,
      delay: { p50: at(0.5), p99: at(0.99), max: at(1) },
    };
  }
}
