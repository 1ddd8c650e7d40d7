import { responseCounter, type ThreadCounters } from '../../telemetry/counters.ts';
import type { Meters } from '../../telemetry/meters.ts';
import type { WallClock } from '../../time/wall-clock.ts';
import type { Fault } from '../message/fault.ts';
import { readRefusedHead } from '../message/refused-head.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import type { HttpSettings } from '../settings.ts';
import type { Asked } from './access-record.ts';
import { AccessRecorder, type AccessSinks } from './access-recorder.ts';
import type { Account } from './account.ts';
import { noteAnswer, noteLookup } from './measured.ts';
import { RequestRing } from './request-ring.ts';
import { SpanRecorder } from './span-recorder.ts';
import { Taps } from './taps.ts';

/** Where what exchanges came to is written down: counters, metrics, the access log. */
export class Ledger {
  readonly meters: Meters | null;
  readonly ring = new RequestRing();
  readonly taps = new Taps();
  readonly spans: SpanRecorder;
  readonly #counters: ThreadCounters;
  readonly #sinks: Omit<AccessSinks, 'settings'>;
  readonly #clock: WallClock;
  #recorder: AccessRecorder;
  #settings: HttpSettings;

  constructor(
    settings: HttpSettings,
    sinks: Omit<AccessSinks, 'settings'>,
    meters: Meters | null,
    clock: WallClock,
  ) {
    this.meters = meters;
    this.spans = new SpanRecorder(sinks.counters);
    this.#counters = sinks.counters;
    this.#sinks = sinks;
    this.#clock = clock;
    this.#settings = settings;
    this.#recorder = this.#recorderFor(settings);
  }

  reload(settings: HttpSettings): void {
    this.#settings = settings;
    this.#recorder = this.#recorderFor(settings);
  }

  /** Whether the log tells what the attempts took. */
  get tellsAttempts(): boolean {
    return this.#recorder.tellsAttempts;
  }

  /** The route was found, or found missing, just now. */
  noteLookup(account: Account): void {
    if (this.meters?.timed) noteLookup(this.meters, account);
  }

  noteAttempt(texts: EndpointTexts): void {
    this.meters?.attempted(texts, texts.component);
  }

  /** The exchange is over. `attempted`: a backend was asked. */
  close(asked: Asked, account: Account, attempted: boolean): void {
    if (attempted) {
      this.#counters.add(responseCounter(account.status));
      if (this.meters?.timed) noteAnswer(this.meters, account);
    }
    this.ring.note(asked, account, this.#settings);
    this.taps.note(asked, account, this.#settings);
    this.spans.note(asked, account, this.#settings);
    this.#recorder.write(asked, account);
  }

  /** A head that is none, of which there may be enough to tell of it. @param now monotonic milliseconds */
  refuse(text: string, fault: Fault, client: ClientFacts, now: number): void {
    const head = readRefusedHead(text);
    if (head !== null) this.#recorder.refuse(head, fault, client, now);
  }

  #recorderFor(settings: HttpSettings): AccessRecorder {
    return new AccessRecorder({ ...this.#sinks, settings }, this.#clock);
  }
}
