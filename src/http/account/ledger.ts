import { performance } from 'node:perf_hooks';
import { RouteTraffic } from '../../routing/route-traffic.ts';
import { responseCounter, type ThreadCounters } from '../../telemetry/counters.ts';
import type { Meters } from '../../telemetry/meters.ts';
import type { RequestCells } from '../../telemetry/request-cells.ts';
import { type WallClock, wallTime } from '../../time/wall-clock.ts';
import type { TellingFault } from '../message/fault.ts';
import { readRefusedHead } from '../message/refused-head.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import type { Refusal } from '../refusal.ts';
import type { HttpSettings } from '../settings.ts';
import type { Asked } from './access-record.ts';
import { AccessRecorder, type AccessSinks } from './access-recorder.ts';
import type { Account } from './account.ts';
import { AppTraffic } from './app-traffic.ts';
import { noteAnswer, noteLookup } from './measured.ts';
import { Rejections } from './rejections.ts';
import { answerTime, requestOutcome } from './request-outcome.ts';
import { RequestRing } from './request-ring.ts';
import { RouterErrors } from './router-errors.ts';
import { SpanRecorder } from './span-recorder.ts';
import { Taps } from './taps.ts';

/** Why an exchange ends whose client has left. */
const CLIENT_GONE = 'client gone';

/** Where what exchanges came to is written down: counters, metrics, the access log. */
export class Ledger {
  readonly meters: Meters | null;
  readonly ring = new RequestRing();
  readonly taps = new Taps();
  readonly apps = new AppTraffic(performance.now());
  readonly errors = new RouterErrors();
  readonly rejections = new Rejections(performance.now());
  readonly traffic = new RouteTraffic();
  readonly spans: SpanRecorder;
  readonly #counters: ThreadCounters;
  readonly #requests: RequestCells | null;
  readonly #sinks: Omit<AccessSinks, 'settings'>;
  readonly #clock: WallClock;
  #recorder: AccessRecorder;
  #settings: HttpSettings;

  constructor(
    settings: HttpSettings,
    sinks: Omit<AccessSinks, 'settings'>,
    meters: Meters | null,
    clock: WallClock,
    requests: RequestCells | null,
  ) {
    this.meters = meters;
    this.spans = new SpanRecorder(sinks.counters);
    this.#counters = sinks.counters;
    this.#sinks = sinks;
    this.#clock = clock;
    this.#requests = requests;
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

  /** An attempt begins at the endpoint that the account has; `Account.close` ends it. */
  noteAttempt(account: Account): void {
    const texts = account.texts!;
    this.meters?.attempted(texts, texts.component);
    account.traffic = this.apps.begin(texts);
  }

  /** The exchange is over. `attempted`: a backend was asked. */
  close(asked: Asked, account: Account, attempted: boolean): void {
    if (attempted) {
      this.#counters.add(responseCounter(account.status));
      if (this.meters?.timed) noteAnswer(this.meters, account);
    }
    this.#note(account, attempted);
    if (account.routerError !== '') this.#noteError(asked, account);
    this.ring.note(asked, account, this.#settings);
    this.taps.note(asked, account, this.#settings);
    this.spans.note(asked, account, this.#settings);
    this.#recorder.write(asked, account);
  }

  /** A head that is none, of which there may be enough to tell of it. @param now monotonic milliseconds */
  refuse(text: string, fault: TellingFault, client: ClientFacts, now: number): void {
    const head = readRefusedHead(text);
    if (head !== null) this.#recorder.refuse(head, fault, client, now);
  }

  /** Whatever it was that came, nobody serves it. @param now monotonic milliseconds */
  noteRefusal(refusal: Refusal, now: number): void {
    this.rejections.note(refusal, this.#settings, now);
    const { status, reason, begun } = refusal;
    if (status === 0 || begun) return;
    this.errors.note(reason, status, '', '', wallTime(now), '');
  }

  /** The router itself had something to say. */
  #noteError(asked: Asked, account: Account): void {
    const { routerError: error, status, requestId: id, texts, pool } = account;
    if (error === CLIENT_GONE) return;
    if (status >= 400 && status < 500) this.rejections.noteAnswered(asked, account, this.#settings);
    // Of what nobody knows the host is what is asked about.
    const unknown = status === 404 ? asked.request.lookupName : '';
    const route = pool?.settings.routeKey ?? unknown;
    const endpoint = texts?.endpoint.address ?? '';
    this.errors.note(error, status, route, endpoint, wallTime(account.receivedAt), id);
  }

  #note(account: Account, attempted: boolean): void {
    const { pool } = account;
    const outcome = requestOutcome(account, attempted);
    const ms = answerTime(account, outcome);
    this.#requests?.end(outcome, ms);
    if (pool === null) return;
    this.traffic.note(pool, outcome === 'app_error' || outcome === 'gateway_error', ms);
  }

  #recorderFor(settings: HttpSettings): AccessRecorder {
    return new AccessRecorder({ ...this.#sinks, settings }, this.#clock);
  }
}
