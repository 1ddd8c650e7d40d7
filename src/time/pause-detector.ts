/** How late a beat may be without a pause: what a busy loop, or a busy machine, does to it. Milliseconds. */
const TOLERANCE_MS = 500;

/**
 * Whether this thread, or the whole process, has stood still for a while: its own beat came late. What others sent
 * meanwhile has not been read yet then, so that nothing can be concluded from their silence.
 */
export class PauseDetector {
  readonly #interval: number;
  #beatAt: number;
  #state: 'running' | 'paused' = 'running';

  /** @param interval milliseconds between two beats @param now monotonic milliseconds */
  constructor(interval: number, now: number) {
    this.#interval = interval;
    this.#beatAt = now;
  }

  /** Call it every `interval`. */
  beat(now: number): void {
    if (now - this.#beatAt > this.#interval + TOLERANCE_MS) this.#state = 'paused';
    this.#beatAt = now;
  }

  /** Whether there was a pause since this was last asked. */
  take(now: number): boolean {
    this.beat(now);
    const paused = this.#state === 'paused';
    this.#state = 'running';
    return paused;
  }
}
