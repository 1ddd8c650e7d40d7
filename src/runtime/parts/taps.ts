import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { RequestRecord } from '../../http/account/request-record.ts';
import type { TapFilter, Tapped } from '../../http/account/taps.ts';
import { readTap } from '../tap/tap-filter.ts';
import type { Part } from './part.ts';

export interface TapsPartOptions {
  readonly api: AdminApi;
  /** Tells all threads who looks on. */
  tap(filters: readonly TapFilter[]): void;
  /** Other routers, which are not asked. */
  others(): readonly string[];
}

interface Open {
  readonly filter: TapFilter;
  records: RequestRecord[];
  /** How many came before those. */
  first: number;
  /** That there was no room for, since it began. */
  dropped: number;
  /** Monotonic milliseconds. */
  readAt: number;
}

const MOST_TAPS = 8;
/** Records that wait for a reader. */
const MOST_WAITING = 2000;
/** Whoever has not read for so long does so no more. */
const FORGOTTEN_MS = 10_000;
const ROUND_MS = 1000;
const HINT = 'cellgate tap --help says what can be looked for';

/** Lets operators look on while this router serves; who stops reading is forgotten. */
export class TapsPart implements Part {
  readonly name = 'taps';
  readonly #options: TapsPartOptions;
  readonly #open = new Map<string, Open>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TapsPartOptions) {
    this.#options = options;
    options.api.add(
      { method: 'POST', path: '/v1/taps', right: 'debug', handler: (request) => this.#begin(request) },
      {
        method: 'GET',
        path: '/v1/taps/{id}',
        right: 'debug',
        handler: (request) => this.#read(request),
      },
      { method: 'DELETE', path: '/v1/taps/{id}', right: 'debug', handler: (request) => this.#end(request) },
    );
  }

  start(): void {
    this.#timer = every(ROUND_MS, ONE_ROUND, () => this.#forget());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What a thread has seen. */
  take(tapped: readonly Tapped[]): void {
    for (const { id, records, dropped } of tapped) {
      const open = this.#open.get(id);
      if (open === undefined) continue;
      const room = MOST_WAITING - open.records.length;
      open.records.push(...records.slice(0, room));
      open.dropped += dropped + Math.max(0, records.length - room);
    }
  }

  #begin({ body }: AdminRequest): Answer {
    const id = randomUUID();
    const filter = readTap(body, id);
    if (typeof filter === 'string') return problem(400, 'bad-tap', filter, HINT);
    if (this.#open.size >= MOST_TAPS) {
      return problem(
        503,
        'busy',
        `${MOST_TAPS} others look on already`,
        'try again when one of them has ended',
      );
    }
    this.#open.set(id, { filter, records: [], first: 0, dropped: 0, readAt: performance.now() });
    this.#tell();
    return ok({ id, not_asked: this.#options.others() });
  }

  /** What came after so many: asked again with the same number it is the same, and more. */
  #read({ parameters, query }: AdminRequest): Answer {
    const open = this.#open.get(parameters['id']!);
    if (open === undefined) {
      return problem(404, 'no-tap', 'nobody looks on by that id any more', 'begin anew with cellgate tap');
    }
    const after = Number(query.get('after') ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) {
      return problem(400, 'bad-tap', 'after: allowed: how many have been read', HINT);
    }
    const read = Math.min(Math.max(0, after - open.first), open.records.length);
    open.records.splice(0, read);
    open.first += read;
    open.readAt = performance.now();
    return ok({ requests: open.records, next: open.first + open.records.length, dropped: open.dropped });
  }

  #end({ parameters }: AdminRequest): Answer {
    if (this.#open.delete(parameters['id']!)) this.#tell();
    return ok({});
  }

  #forget(): void {
    const before = this.#open.size;
    for (const [id, { readAt }] of this.#open) {
      if (performance.now() - readAt > FORGOTTEN_MS) this.#open.delete(id);
    }
    if (this.#open.size < before) this.#tell();
  }

  #tell(): void {
    this.#options.tap(Array.from(this.#open.values(), ({ filter }) => filter));
  }
}
