import { TokenBucket } from '../../../time/token-bucket.ts';

/** Of frames that bring nothing: units of `WASTE`, so many at once and so many a second. */
const WASTE_BURST = 2000;
const WASTE_PER_SECOND = 200;
/** A request may come with frames of its own, and so may what is said of the windows that a response fills. */
export const WASTE_PER_REQUEST = 5;
export const WASTE_PER_FRAME_SENT = 1;

/**
 * Requests that came to nothing by the client's doing (CVE-2023-44487, CVE-2025-8671): a burst, so many a second, and
 * one more for each that was answered.
 */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 50;
/** What a head costs that there was no room for: it was unpacked for nothing. */
const RESETS_PER_HEAD = 10;

/** Whose it is: of one connection; of all from one address; of a proxy's connection, which carries many clients. */
export type BudgetKind = 'connection' | 'address' | 'proxy';

/** Connections' worth that each has at once. */
const TIMES: Readonly<Record<BudgetKind, number>> = { connection: 1, address: 2, proxy: 1 };
/** What answers earn beyond that: whoever gives up less than it is answered is no flood, however much it is. */
const CREDIT: Readonly<Record<BudgetKind, number>> = { connection: 2000, address: 4000, proxy: 10_000 };

/** What may be asked of the router for nothing (RFC 9113 §10.5): what was of use earns more. */
export class Budget {
  readonly #waste: TokenBucket;
  readonly #resets: TokenBucket;

  /** `now` here and below: monotonic milliseconds. */
  constructor(kind: BudgetKind, now: number) {
    const times = TIMES[kind];
    const credit = CREDIT[kind];
    this.#waste = new TokenBucket(WASTE_BURST * times, WASTE_PER_SECOND * times, now, credit);
    this.#resets = new TokenBucket(RESET_BURST * times, RESETS_PER_SECOND * times, now, credit);
  }

  /** `false`: there has been too much. */
  mayWaste(units: number, now: number): boolean {
    return this.#waste.take(units, now);
  }

  /** A request was given up, by the client or for what it sent; `false` when that is too often. */
  mayReset(now: number): boolean {
    return this.#resets.take(1, now);
  }

  /** A request was refused for its size beside the others; `false` when that is too often. */
  mayOverfill(now: number): boolean {
    return this.#resets.take(RESETS_PER_HEAD, now);
  }

  /** So many DATA frames went out, and so many requests were answered. */
  earn(frames: number, requests: number, now: number): void {
    if (requests > 0) this.#resets.take(-requests, now);
    this.#waste.take(-(requests * WASTE_PER_REQUEST + frames * WASTE_PER_FRAME_SENT), now);
  }

  /** Whether nothing has been asked of it for so long that a new one would be the same. */
  isFull(now: number): boolean {
    return this.#waste.isFull(now) && this.#resets.isFull(now);
  }
}
