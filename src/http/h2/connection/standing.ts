import { WASTE, type Waste } from '../waste.ts';
import { Budget, WASTE_PER_FRAME_SENT, WASTE_PER_REQUEST } from './budget.ts';
import type { Http2Parts } from './http2-parts.ts';

/** Units of `WASTE` that nobody is blamed for: a connection that is quiet for a while is asked after, as by PING. */
const SPARE_WASTE = 50;

/** What a peer's connection has cost for nothing, and what it has earned: by itself, and with all of its address. */
export class Standing {
  readonly #parts: Http2Parts;
  /** Empty: it carries many clients, as a proxy's or a backend's does. */
  readonly #address: string;
  #own: Budget | null = null;
  #ofAddress: Budget | null = null;
  #framesSent = 0;
  #answered = 0;
  #givenUp = 0;
  /** Units of `WASTE` that its use has earned, less those it has cost. */
  #worth = SPARE_WASTE;

  constructor(parts: Http2Parts, address: string) {
    this.#parts = parts;
    this.#address = address;
  }

  /** `framesSent`: DATA frames so far. `false`: there has been too much. */
  mayWaste(kind: Waste, share: number, framesSent: number): boolean {
    const own = this.#budget;
    const { now } = this.#parts.context;
    const sent = framesSent - this.#framesSent;
    if (sent > 0) {
      // What was sent may be spoken of.
      own.earn(sent, 0, now);
      this.#ofAddress?.earn(sent, 0, now);
      this.#framesSent = framesSent;
      this.#worth += sent * WASTE_PER_FRAME_SENT;
    }
    const units = WASTE[kind] * share;
    this.#worth -= units;
    return this.#judge(own.mayWaste(units, now), this.#ofAddress?.mayWaste(units, now), this.#worth >= 0);
  }

  /** A request was given up, by the client or for what it sent; `false` when that is too often. */
  mayReset(): boolean {
    this.#givenUp++;
    const { now } = this.#parts.context;
    return this.#judge(this.#budget.mayReset(now), this.#ofAddress?.mayReset(now));
  }

  /** A request was refused for its size beside the others; `false` when that is too often. */
  mayOverfill(): boolean {
    return this.#budget.mayOverfill(this.#parts.context.now);
  }

  noteServed(): void {
    this.#answered++;
    this.#worth += WASTE_PER_REQUEST;
    const { now } = this.#parts.context;
    this.#own?.earn(0, 1, now);
    this.#ofAddress?.earn(0, 1, now);
  }

  /**
   * One that is answered more than it gives up, and does not cost more for nothing than that is worth, does not pay for
   * what others at its address do.
   */
  #judge(ownFits: boolean, allFits = true, isWorthIt = true): boolean {
    return ownFits && (allFits || (isWorthIt && this.#answered > this.#givenUp));
  }

  get #budget(): Budget {
    if (this.#own !== null) return this.#own;
    const { now } = this.#parts.context;
    const isProxy = this.#address === '';
    this.#own = new Budget(isProxy ? 'proxy' : 'connection', now);
    if (!isProxy) this.#ofAddress = this.#parts.budgets.of(this.#address, now);
    return this.#own;
  }
}
