import { SPANS_DROPPED, SPANS_EXPORTED, SPANS_REFUSED, type ThreadCounters } from '../telemetry/counters.ts';
import type { Delivered } from './delivery.ts';

/** Whatever may become of a span is counted once. */
export class SpanTally {
  readonly #counters: ThreadCounters;

  constructor(counters: ThreadCounters) {
    this.#counters = counters;
  }

  dropped(spans: number): void {
    this.#counters.addBy(SPANS_DROPPED, spans);
  }

  /** Of a batch of so many. */
  delivered(delivered: Delivered, spans: number): void {
    switch (delivered.kind) {
      case 'exported': {
        const rejected = Math.min(delivered.rejection?.count ?? 0, spans);
        this.#counters.addBy(SPANS_EXPORTED, spans - rejected);
        this.#counters.addBy(SPANS_REFUSED, rejected);
        break;
      }
      case 'refused':
        this.#counters.addBy(SPANS_REFUSED, spans);
        break;
      case 'given-up':
        this.dropped(spans);
    }
  }
}
