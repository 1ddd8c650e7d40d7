export interface PulseWatchOptions {
  /** Milliseconds without a beat after which a thread is stuck. */
  readonly stuckAfter: number;
  /** The same before its first beat: a thread that starts has much to do at once. */
  readonly startLimit: number;
  /** Milliseconds between two looks. */
  readonly interval: number;
}

interface Watched {
  phase: 'starting' | 'beating' | 'paused';
  beat: number;
  /** Milliseconds without a beat in which the one who looks was running. */
  silent: number;
}

/**
 * Which threads are stuck. The measure is the watcher's own running time: where its look comes late, the process or
 * the watcher stood still, and what is missing says nothing about anybody.
 */
export class PulseWatch {
  readonly #options: PulseWatchOptions;
  readonly #watched = new Map<number, Watched>();
  #lookedAt: number | null = null;

  constructor(options: PulseWatchOptions) {
    this.#options = options;
  }

  /** A thread starts in this lane, where the last one has left `beat`. */
  begin(lane: number, beat: number): void {
    this.#watched.set(lane, { phase: 'starting', beat, silent: 0 });
  }

  end(lane: number): void {
    this.#watched.delete(lane);
  }

  /** The thread is made to stand still for a while, or goes on. */
  pause(lane: number): void {
    const watched = this.#watched.get(lane);
    if (watched !== undefined) watched.phase = 'paused';
  }

  resume(lane: number): void {
    const watched = this.#watched.get(lane);
    if (watched?.phase !== 'paused') return;
    watched.phase = 'beating';
    watched.silent = 0;
  }

  /** The lanes of those that are stuck, each told once. @param now monotonic milliseconds */
  look(now: number, beatOf: (lane: number) => number): number[] {
    const { interval } = this.#options;
    const ran = this.#lookedAt === null ? 0 : Math.min(now - this.#lookedAt, interval);
    this.#lookedAt = now;
    const stuck: number[] = [];
    for (const [lane, watched] of this.#watched) {
      if (this.#isStuck(watched, beatOf(lane), ran)) stuck.push(lane);
    }
    for (const lane of stuck) this.#watched.delete(lane);
    return stuck;
  }

  #isStuck(watched: Watched, beat: number, ran: number): boolean {
    if (watched.phase === 'paused') return false;
    if (beat !== watched.beat) {
      watched.phase = 'beating';
      watched.beat = beat;
      watched.silent = 0;
      return false;
    }
    watched.silent += ran;
    const { stuckAfter, startLimit } = this.#options;
    return watched.silent >= (watched.phase === 'starting' ? startLimit : stuckAfter);
  }
}
