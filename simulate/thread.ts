import { balancerFor } from '../src/balancer/balancer.ts';
import { ONE_ROUND } from '../src/boundary/owner.ts';
import { Attempt } from '../src/http/exchange/attempt.ts';
import type { Destinations } from '../src/http/exchange/destinations.ts';
import { EndpointChoice } from '../src/http/exchange/endpoint-choice.ts';
import type { BackendLinks } from '../src/routing/backend.ts';
import type { Endpoint } from '../src/routing/endpoint.ts';
import { backendIdentity } from '../src/routing/endpoint.ts';
import { EndpointCells, VOID } from '../src/routing/endpoint-cells.ts';
import type { Pool } from '../src/routing/pool.ts';
import { RecordReader } from '../src/routing/record-memory.ts';
import { Replica } from '../src/routing/replica.ts';
import type { RouteBatch } from '../src/routing/route-batch.ts';
import { RouteInbox } from '../src/runtime/threads/route-inbox.ts';
import type { Fault } from './fault.ts';
import type { AskedHead } from './heads.ts';
import type { Memory } from './memory.ts';

/** Requests per backend that may await a response: few, so that the limit is met. */
export const MOST_AWAITED = 3;
const MARK_SECONDS = 30;
const SETTINGS = {
  sticky: { cookieNames: ['JSESSIONID'], forNegotiate: false, secure: false },
  preferredZone: '',
  hashTableSize: 101,
};

/** Connections to a backend, which lead where they were made to lead. */
class Links implements BackendLinks {
  /** Whom they were made to. */
  readonly leadTo: Endpoint;
  isRetired = false;

  constructor(endpoint: Endpoint) {
    this.leadTo = endpoint;
  }

  retire(): void {
    this.isRetired = true;
  }
}

export interface Exchange {
  readonly key: string;
  readonly pool: Pool;
  readonly choice: EndpointChoice;
  /** Of the fault that keeps endpoints which have gone. */
  readonly copy: readonly Endpoint[] | null;
  readonly attempt: Attempt;
  state: 'dialing' | 'sent' | 'answered';
}

/** What one proxy thread is in the simulation: its table, its counts, and the exchanges that it has under way. */
export class SimulatedThread {
  readonly lane: number;
  readonly cells: EndpointCells;
  readonly replica: Replica;
  readonly exchanges: Exchange[] = [];
  readonly mail: RouteBatch[] = [];
  readonly turns: (() => void)[] = [];
  /** The last batch that it has applied. */
  epoch: number;
  readonly #inbox: RouteInbox;
  readonly #faults: ReadonlySet<Fault>;
  #fault = '';
  #second = 0;
  readonly #destinations: Pick<Destinations, 'cells' | 'blame'>;
  readonly #seen = new WeakSet<Pool>();
  readonly #choices: { begin(asked: AskedHead, pool: Pool): EndpointChoice | null };

  constructor(lane: number, memory: Memory, faults: ReadonlySet<Fault>, random: () => number) {
    this.lane = lane;
    this.#faults = faults;
    this.cells = new EndpointCells(memory.endpoints.buffers, lane, MOST_AWAITED);
    this.replica = new Replica(new RecordReader(memory.buffers), balancerFor);
    this.epoch = memory.epochs.current - 1;
    const { cells } = this;
    this.#destinations = {
      cells,
      blame: (_, { backend }) => cells.markFailed(backend.seat, this.#second + MARK_SECONDS),
    };
    this.#choices = {
      begin(asked, pool) {
        const choice = new EndpointChoice(
          { settings: SETTINGS },
          { cells, fallbackBalancer: balancerFor('round-robin') },
          random,
        );
        return choice.begin(pool, asked, false) === null ? choice : null;
      },
    };
    const applied = new Int32Array(memory.buffers.applied);
    this.#inbox = new RouteInbox(
      this.replica,
      {
        onApplied: (epoch) => {
          Atomics.store(applied, lane, epoch);
          this.epoch = epoch;
        },
        onDiffers: (epoch) => {
          this.#fault = `the table of lane ${lane} is not the control thread's after batch ${epoch}`;
        },
        later: (step) => this.turns.push(step),
      },
      7,
    );
  }

  deliver(): void {
    const batch = this.mail.shift();
    if (batch !== undefined) this.#inbox.put(batch);
    this.#look();
  }

  turn(): void {
    this.turns.shift()?.();
    this.#look();
  }

  #look(): void {
    if (this.#fault !== '') throw new Error(this.#fault);
  }

  get isBehind(): boolean {
    return this.mail.length > 0 || this.turns.length > 0;
  }

  /** A request has come; answers its exchange when it got as far as an endpoint. */
  begin(asked: AskedHead, pinned: boolean, now: number): Exchange | null {
    const { request } = asked;
    const pool = this.replica.match(request.lookupName, request.path);
    if (pool === null || pool.isEmpty) return null;
    // Each begins somewhere at random, so that threads do not march in step.
    if (!this.#seen.has(pool)) pool.cursor = 0;
    this.#seen.add(pool);
    const choice = this.#choices.begin(asked, pool);
    const endpoint = choice?.next(now) ?? null;
    if (choice === null || endpoint === null) return null;
    const copy = pinned && this.#faults.has('pinned copy') ? [...pool.endpoints] : null;
    const key = pool.settings.routeKey;
    const attempt = new Attempt({ now, readClock: () => now }, this.#destinations, ONE_ROUND, () => {});
    attempt.open(pool, endpoint);
    const exchange: Exchange = { key, pool, choice, copy, attempt, state: 'sent' };
    this.exchanges.push(exchange);
    return exchange;
  }

  answered(exchange: Exchange): void {
    exchange.state = 'answered';
    exchange.attempt.answered(200);
  }

  end(exchange: Exchange): void {
    exchange.attempt.close('answered');
    this.exchanges.splice(this.exchanges.indexOf(exchange), 1);
  }

  /** The attempt has failed; `false`: there is no other, and the exchange is over. */
  retry(exchange: Exchange, now: number, stale: boolean): boolean {
    const { attempt, choice, pool } = exchange;
    const { endpoint } = attempt;
    this.#second = Math.ceil(now / 1000);
    attempt.fail('dial', !stale);
    if (!stale) choice.avoid(endpoint);
    const next = this.#next(exchange, now);
    if (next === null) {
      this.exchanges.splice(this.exchanges.indexOf(exchange), 1);
      return false;
    }
    attempt.open(pool, next);
    exchange.state = 'sent';
    return true;
  }

  /** Where a request to this endpoint really goes. */
  reached(endpoint: Endpoint): Endpoint {
    const { backend } = endpoint;
    backend.links ??= new Links(endpoint);
    const { isRetired, leadTo } = backend.links as Links;
    if (isRetired) throw new Error(`connections to ${backendIdentity(leadTo)} are used that were given up`);
    return leadTo;
  }

  #next({ choice, copy }: Exchange, now: number): Endpoint | null {
    if (copy === null) return choice.next(now);
    const left = copy.find((each) => !choice.tried.includes(each.backend)) ?? null;
    if (left === null || this.cells.begin(left.backend.seat) === VOID) return null;
    if (this.cells.occupy(left.backend.seat)) return left;
    this.cells.end(left.backend.seat);
    return null;
  }
}
