/** How late a beat may be without a pause: what a busy loop, or a busy machine, does to it. Milliseconds. */
const TOLERANCE_MS = 500;

/**
 * Whether this thread, or the whole process, has stood still for a while, and for how long in all: its own beat came
 * late. What others sent meanwhile has not been read yet then, so that nothing can be concluded from their silence.
 */
export class PauseDetector {
  readonly #interval: number;
  #beatAt: number;
  /** When `running` was last asked: what was told then is not taken back. */
  #readAt: number;
  /** Milliseconds of all pauses. */
  #pauses = 0;
  #state: 'running' | 'paused' = 'running';

  /** @param interval milliseconds between two beats @param now monotonic milliseconds */
  constructor(interval: number, now: number) {
    this.#interval = interval;
    this.#beatAt = now;
    this.#readAt = now;
  }

  /** Call it every `interval`. */
  beat(now: number): void {
    this.#notice(now);
    this.#beatAt = now;
  }

  /** Whether there was a pause since this was last asked. */
  take(now: number): boolean {
    this.beat(now);
    const paused = this.#state === 'paused';
    this.#state = 'running';
    return paused;
  }

  /** Milliseconds on a clock that stands still in pauses, and never goes back. */
  running(now: number): number {
    this.#notice(now);
    this.#readAt = now;
    return now - this.#pauses;
  }

  /** What is beyond the time of the next beat is the pause: it may be noticed before that beat comes. */
  #notice(now: number): void {
    const due = this.#beatAt + this.#interval;
    if (now - due <= TOLERANCE_MS) return;
    this.#pauses += now - Math.max(due, this.#readAt);
    this.#beatAt = now - this.#interval;
    this.#state = 'paused';
  }
}
