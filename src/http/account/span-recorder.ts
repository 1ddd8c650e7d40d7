import { SPANS_DROPPED, type ThreadCounters } from '../../telemetry/counters.ts';
import type { Span } from '../../telemetry/span.ts';
import type { HttpSettings } from '../settings.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';
import { spansOf } from './exchange-spans.ts';

/** Spans that a thread has, those told and not yet taken among them; more are dropped and counted. */
const MOST = 4096;
/** So many are told at once, without waiting for `flush`. */
const TOLD_AT = MOST / 8;

/** The spans of a thread on their way to the control thread. Without any it costs a look at a field. */
export class SpanRecorder {
  /** To whom they are told. */
  tell: (spans: readonly Span[]) => void = () => {};
  readonly #counters: ThreadCounters;
  #waiting: Span[] = [];
  /** Told. */
  #untaken = 0;

  constructor(counters: ThreadCounters) {
    this.#counters = counters;
  }

  /** An exchange is over. */
  note(asked: Asked, account: Account, settings: HttpSettings): void {
    const ids = account.trace?.span;
    if (!ids) return;
    // Not even made where there is no room.
    if (this.#waiting.length + this.#untaken > MOST) {
      this.#counters.addBy(SPANS_DROPPED, 1 + account.tried);
      return;
    }
    this.#waiting.push(...spansOf(asked, account, ids, settings));
    if (this.#waiting.length >= TOLD_AT) this.flush();
  }

  /** To be called a few times a second. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#untaken += this.#waiting.length;
    this.tell(this.#waiting);
    this.#waiting = [];
  }

  /** So many of those told have arrived. */
  taken(count: number): void {
    this.#untaken -= count;
  }
}
