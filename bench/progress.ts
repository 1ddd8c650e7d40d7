/** Seconds left of a plan, at the pace so far; `now` and `begun` in milliseconds of one clock. */
export class TimeLeft {
  readonly #planned: number;
  readonly #begun: number;
  #done = 0;

  constructor(plannedSeconds: number, begun: number) {
    this.#planned = plannedSeconds;
    this.#begun = begun;
  }

  /** So many seconds of the plan are done. */
  advance(seconds: number): void {
    this.#done = Math.min(this.#planned, this.#done + seconds);
  }

  seconds(now: number): number {
    const left = this.#planned - this.#done;
    // At first there is no pace to speak of.
    const pace = this.#done < 10 ? 1 : (now - this.#begun) / 1000 / this.#done;
    return left * pace;
  }
}

export function describeSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
