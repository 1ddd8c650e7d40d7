import { inBackground } from '../boundary/boundary.ts';
import type { Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Span } from '../telemetry/span.ts';
import type { Complaints } from './complaints.ts';
import type { Delivery } from './delivery.ts';
import type { TraceSettings } from './settings.ts';
import type { SpanTally } from './span-tally.ts';

export interface SpanExporterOptions {
  readonly settings: Pick<TraceSettings, 'maxQueue' | 'maxBatch' | 'delay'>;
  readonly delivery: Pick<Delivery<Span>, 'deliver' | 'wait' | 'hurries' | 'hurry' | 'end'>;
  readonly tally: SpanTally;
  readonly complaints: Complaints;
}

type State =
  /** No span waits. */
  | { readonly kind: 'idle' }
  /** The next request goes out then, or when there is enough for a whole batch. */
  | { readonly kind: 'gathering'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'exporting'; readonly done: Promise<void> }
  | { readonly kind: 'closed' };

/** Gathers spans and has them delivered, one batch at a time. What there is no room for is dropped and counted. */
export class SpanExporter implements Owner {
  readonly kind = 'part';
  readonly #options: SpanExporterOptions;
  #waiting: Span[] = [];
  /** Spans that are being delivered. */
  #inHand = 0;
  #state: State = { kind: 'idle' };

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  add(spans: readonly Span[]): void {
    const { settings, tally } = this.#options;
    const room = this.#state.kind === 'closed' ? 0 : settings.maxQueue - this.#waiting.length;
    const taken = spans.length <= room ? spans : spans.slice(0, room);
    this.#waiting.push(...taken);
    if (taken.length < spans.length) tally.dropped(spans.length - taken.length);
    if (this.#state.kind === 'idle' && this.#waiting.length > 0) this.#gather();
    if (this.#state.kind === 'gathering' && this.#waiting.length >= settings.maxBatch) this.#export();
  }

  /** Sends what waits, each batch once; what has not been taken in that time is dropped. Milliseconds. */
  async close(limit: number): Promise<void> {
    const { delivery, tally } = this.#options;
    delivery.hurry();
    if (this.#state.kind === 'gathering') this.#export();
    const end = after(limit, this, () => delivery.end());
    // What has failed has been given up already.
    if (this.#state.kind === 'exporting') await this.#state.done.catch(() => {});
    clearTimeout(end);
    delivery.end();
    this.#settle();
    this.#state = { kind: 'closed' };
    tally.dropped(this.#waiting.length);
    this.#waiting = [];
  }

  /** For a fault of our own. */
  panic(): void {
    this.#options.tally.dropped(this.#inHand + this.#waiting.length);
    this.#inHand = 0;
    this.#waiting = [];
    if (this.#state.kind !== 'closed') this.#settle();
  }

  #settle(): void {
    if (this.#state.kind === 'gathering') clearTimeout(this.#state.timer);
    this.#state = { kind: 'idle' };
  }

  #gather(): void {
    const timer = after(this.#options.settings.delay, this, () => this.#export());
    this.#state = { kind: 'gathering', timer };
  }

  #export(): void {
    this.#settle();
    const done = this.#deliverAll();
    this.#state = { kind: 'exporting', done };
    inBackground(this, done);
  }

  async #deliverAll(): Promise<void> {
    const { settings, delivery, tally, complaints } = this.#options;
    // All that there is now, and beyond that whole batches alone.
    for (let left = this.#waiting.length; this.#waiting.length > 0; left -= settings.maxBatch) {
      if (left <= 0 && this.#waiting.length < settings.maxBatch && !delivery.hurries) break;
      const batch = this.#waiting.splice(0, settings.maxBatch);
      this.#inHand = batch.length;
      const delivered = await delivery.deliver(batch);
      this.#inHand = 0;
      tally.delivered(delivered, batch.length);
      complaints.delivered(delivered, batch.length);
      if (delivered.kind === 'given-up') await delivery.wait(delivered.pause);
      if (delivered.kind === 'given-up' && delivery.hurries) break;
    }
    this.#state = { kind: 'idle' };
    if (this.#waiting.length > 0) this.#gather();
  }
}
