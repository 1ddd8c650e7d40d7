/**
 * When a route is announced: at once, then at every interval. The second time comes after a random part of one, so that
 * the routes of a machine, and machines that start together, do not speak all at the same moment; from then on the
 * times lie exactly an interval apart, however late each of them is served.
 */
export class Beats {
  /** Milliseconds. */
  readonly interval: number;
  #due: number;

  /** @param now @param interval milliseconds @param random from 0 to less than 1 */
  constructor(now: number, interval: number, random: number) {
    this.interval = interval;
    this.#due = now + interval * (1 - random);
  }

  /** The first that lies ahead; those that were missed while the process stood still are not made up for. */
  next(now: number): number {
    if (this.#due <= now) {
      this.#due += this.interval * (Math.floor((now - this.#due) / this.interval) + 1);
    }
    return this.#due;
  }
}

/** Milliseconds for each route of an agent that answers a router. */
const SPREAD_PER_ROUTE = 10;
const LONGEST_SPREAD = 5_000;

/**
 * Over how many milliseconds an agent answers a router that has started, or a bus that is back: a second for every
 * hundred routes, at most five.
 */
export function answerSpread(routes: number): number {
  return Math.min(routes * SPREAD_PER_ROUTE, LONGEST_SPREAD);
}
