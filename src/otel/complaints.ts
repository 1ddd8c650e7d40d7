import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Delivered } from './delivery.ts';

/** A collector that is away for hours is worth a line a minute. */
const QUIET_MS = 60_000;
/** Characters of what a collector says. */
const LONGEST = 300;

/** Tells of what could not be exported, once in a while. */
export class Complaints {
  readonly #log: ComponentLog;
  readonly #clock: () => number;
  readonly #about: Readonly<Record<string, string>>;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Since then. */
  #untold = 0;

  /** @param about said each time @param clock monotonic milliseconds */
  constructor(log: ComponentLog, about: Readonly<Record<string, string>>, clock: () => number) {
    this.#log = log;
    this.#about = about;
    this.#clock = clock;
  }

  /** @param items of the request */
  delivered(delivered: Delivered, items: number): void {
    if (delivered.kind === 'given-up') this.#complain('otel-export-failed', delivered.reason, items);
    if (delivered.kind === 'refused') this.#complain('otel-export-refused', delivered.reason, items);
    if (delivered.kind !== 'exported' || delivered.rejection === null) return;
    // With nothing refused it is a warning of the collector's.
    this.#complain('otel-export-refused', delivered.rejection.reason, delivered.rejection.count);
  }

  #complain(message: string, reason: string, lost: number): void {
    const now = this.#clock();
    if (now - this.#toldAt < QUIET_MS) {
      this.#untold++;
      return;
    }
    const text = reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST);
    this.#log.warn(message, { ...this.#about, reason: text, lost, 'not-told': this.#untold });
    this.#toldAt = now;
    this.#untold = 0;
  }
}
