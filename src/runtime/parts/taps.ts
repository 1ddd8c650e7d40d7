import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { TapFilter, Tapped } from '../../http/account/taps.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import type { Wording } from '../../roll-call/wording.ts';
import { type AskedTap, askedTapJson, readAskedTap, readTapAnswer, tapAnswerJson } from '../tap/asked-tap.ts';
import { FleetTap } from '../tap/fleet-tap.ts';
import { LocalTaps, MOST_TAPS, type TapAnswer } from '../tap/local-taps.ts';
import { readTap } from '../tap/tap-filter.ts';
import { askable, type Peers, unasked } from '../tap/unasked.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

export interface TapsPartOptions {
  readonly api: AdminApi;
  readonly bus: BusPart;
  /** By which records of requests cross the bus; null: they do not. */
  readonly seal: Wording | null;
  readonly peers: Peers;
  /** Tells all threads who looks on. */
  tap(filters: readonly TapFilter[]): void;
}

/** Whoever has not read for so long does so no more. Milliseconds. */
const FORGOTTEN_MS = 10_000;
const ROUND_MS = 300;
/** For those that do not answer. */
const PATIENCE_MS = 1200;
const LONGEST_ANSWER = 900 * 1024;
const HIGHEST_STATUS = 999;
const HINT = 'cellgate tap --help says what can be looked for';

/** Lets operators look on while this router and all others serve; who stops reading is forgotten. */
export class TapsPart implements Part {
  readonly name = 'taps';
  readonly #options: TapsPartOptions;
  readonly #local: LocalTaps;
  readonly #fleet = new Map<string, FleetTap>();
  readonly #inquiry: Inquiry<AskedTap, TapAnswer>;
  /** While somebody looks on. */
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: TapsPartOptions) {
    this.#options = options;
    const { api, seal, peers, tap } = options;
    this.#local = new LocalTaps(tap, () => performance.now());
    this.#inquiry = new Inquiry({
      id: peers.id,
      name: 'tap',
      longest: LONGEST_ANSWER,
      readQuestion: readAskedTap,
      readAnswer: readTapAnswer,
      answer: (asked) => this.#answer(asked),
      ask: askedTapJson,
      write: tapAnswerJson,
      ...(seal !== null && { wording: seal }),
    });
    const path = '/v1/taps/{id}';
    api.add(
      { method: 'POST', path: '/v1/taps', right: 'debug', handler: (request) => this.#begin(request) },
      { method: 'GET', path, right: 'debug', handler: (request) => this.#read(request) },
      { method: 'DELETE', path, right: 'debug', handler: (request) => this.#end(request) },
    );
  }

  start(): void {
    const { bus, seal } = this.#options;
    if (seal !== null) bus.whenFound((client) => this.#inquiry.connect(client));
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#inquiry.stop();
  }

  /** What a thread has seen. */
  take(tapped: readonly Tapped[]): void {
    this.#local.take(tapped);
  }

  /** Shows all requests to this router as they end. */
  follow(show: (tapped: Tapped) => void): void {
    const all = { host: '', path: '', app: '', status: [0, HIGHEST_STATUS], slower: 0 } as const;
    this.#local.follow({ id: randomUUID(), ...all }, show);
  }

  #begin({ body }: AdminRequest): Answer {
    const { here = false, ...asked } = body;
    if (typeof here !== 'boolean') return problem(400, 'bad-tap', 'here: allowed: true, false', HINT);
    const id = randomUUID();
    const filter = readTap(asked, id);
    if (typeof filter === 'string') return problem(400, 'bad-tap', filter, HINT);
    if (!this.#local.hasRoom) {
      const why = `${MOST_TAPS} others look on already`;
      return problem(503, 'busy', why, 'try again when one of them has ended');
    }
    const tap = new FleetTap(filter, here ? null : asked, performance.now());
    this.#fleet.set(id, tap);
    inBackground(ONE_ROUND, this.#round(tap));
    this.#attend();
    return ok({ id });
  }

  /** An idle router has no rounds. */
  #attend(): void {
    if (this.#stopped) return;
    this.#timer ??= every(ROUND_MS, ONE_ROUND, () => {
      this.#forget();
      for (const tap of this.#fleet.values()) inBackground(ONE_ROUND, this.#round(tap));
      if (this.#fleet.size > 0 || this.#local.isAsked) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** What came after so many: asked again with the same number it is the same, and more. */
  #read({ parameters, query }: AdminRequest): Answer {
    const tap = this.#fleet.get(parameters['id']!);
    if (tap === undefined) {
      return problem(404, 'no-tap', 'nobody looks on by that id any more', 'begin anew with cellgate tap');
    }
    const after = Number(query.get('after') ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) {
      return problem(400, 'bad-tap', 'after: allowed: how many have been read', HINT);
    }
    tap.readAt = performance.now();
    return ok(tap.read(after));
  }

  #end({ parameters }: AdminRequest): Answer {
    this.#close(parameters['id']!);
    return ok({});
  }

  #close(id: string): void {
    const tap = this.#fleet.get(id);
    if (tap === undefined) return;
    this.#fleet.delete(id);
    // Nobody's answer is waited for: who does not hear it forgets by itself.
    const awaited = tap.asked === null ? [] : askable(this.#options.peers);
    inBackground(ONE_ROUND, this.#inquiry.ask(this.#question(tap, true), 1, awaited));
  }

  #forget(): void {
    const now = performance.now();
    for (const [id, { readAt }] of this.#fleet) if (now - readAt > FORGOTTEN_MS) this.#close(id);
    this.#local.forget();
  }

  async #round(tap: FleetTap): Promise<void> {
    if (tap.isAsking) return;
    tap.isAsking = true;
    const { peers } = this.#options;
    const awaited = tap.asked === null ? [] : tap.awaited(askable(peers));
    try {
      const answers = await this.#inquiry.ask(this.#question(tap, false), PATIENCE_MS, awaited);
      tap.take(answers, awaited, tap.asked === null ? [] : unasked(peers, answers));
    } finally {
      tap.isAsking = false;
    }
  }

  #question({ filter, asked, cursors }: FleetTap, ends: boolean): AskedTap {
    return { filter, asked: asked ?? {}, after: cursors, ends };
  }

  #answer({ filter, after, ends }: AskedTap): TapAnswer {
    if (!ends) {
      this.#attend();
      return this.#local.ask(filter, after[this.#options.peers.id] ?? 0);
    }
    this.#local.end(filter.id);
    return { records: [], next: 0, dropped: 0, busy: false };
  }
}
