import { WASTE, type Waste } from '../waste.ts';
import { Budget } from './budget.ts';
import type { Http2Parts } from './http2-parts.ts';

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
    }
    const units = WASTE[kind] * share;
    return this.#judge(own.mayWaste(units, now), this.#ofAddress?.mayWaste(units, now));
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
    const { now } = this.#parts.context;
    this.#own?.earn(0, 1, now);
    this.#ofAddress?.earn(0, 1, now);
  }

  /** One that is answered more than it gives up does not pay for what others at its address do. */
  #judge(ownFits: boolean, allFits = true): boolean {
    return ownFits && (allFits || this.#answered > this.#givenUp);
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
