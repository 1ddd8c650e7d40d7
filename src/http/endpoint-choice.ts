import type { Attempt, Balancer } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';
import { type EndpointCells, VOID } from '../routing/endpoint-cells.ts';
import { Pool } from '../routing/pool.ts';
import type { RoutePolicy } from '../routing/route-policy.ts';
import { NO_SEAT, type Seat } from '../routing/seat.ts';
import type { Head } from './message/head.ts';
import { ABSENT, type Request } from './message/request.ts';
import { type InstancePin, pinned, readPin, unknownInstance } from './policy/instance-pin.ts';
import { type Caller, scopeRefusal } from './policy/route-policy.ts';
import type { RouterError } from './policy/router-error.ts';
import { type StickySettings, type StickyWish, stickyLines, stickyWish } from './policy/sticky.ts';

/** What all requests of a thread share; settings may change between two of them. */
export interface ChoiceContext {
  readonly cells: EndpointCells;
  readonly settings: {
    readonly sticky: StickySettings;
    readonly preferredZone: string;
    readonly hashTableSize: number;
  };
  /** For requests that lack the header their route hashes. */
  readonly fallbackBalancer: Balancer;
}

/** Who asks for what, as far as it matters to the choice. */
interface Asked {
  readonly head: Head;
  readonly request: Request;
  readonly client: { readonly caller: Caller | null };
}

interface ClosedEndpoint {
  readonly endpoint: Endpoint;
  readonly rule: string;
}

/** Rounds of losing the last place of a backend to another thread. */
const MOST_RACES = 8;
const NONE: Endpoint[] = [];

/**
 * Where one request may go, and where it has been: what it pins itself to, the session it sticks to, its route's
 * algorithm, and the place it holds among those that await a backend's response. Reused from request to request.
 */
export class EndpointChoice implements Attempt {
  readonly load: EndpointCells;
  readonly random: () => number;
  nowSecond = 0;
  tried: Endpoint[] = NONE;
  zone = '';
  hashed = '';
  readonly #context: ChoiceContext;
  #pool: Pool | null = null;
  #balancer: Balancer | null = null;
  #pinned = false;
  #wish: StickyWish | null = null;
  #isDetour = false;
  #policy: RoutePolicy | null = null;
  #caller: Caller | null = null;
  #closed: ClosedEndpoint | null = null;
  /** The seat at which a place among those that await a response is held. */
  #held: Seat = NO_SEAT;

  /** @param random uniform in [0, 1) */
  constructor(context: ChoiceContext, random: () => number = Math.random) {
    this.random = random;
    this.load = context.cells;
    this.#context = context;
  }

  get hashTableSize(): number {
    return this.#context.settings.hashTableSize;
  }

  /** Endpoints there are to choose from. */
  get count(): number {
    return this.#pool?.endpoints.length ?? 0;
  }

  /**
   * For a request of this route; answers why there can be no endpoint for it, or `null`. `isDetour`: the pool is that
   * of a route service, to which sessions, pins and policies mean nothing.
   */
  begin(pool: Pool, { head, request, client }: Asked, isDetour: boolean): RouterError | null {
    this.#pool = pool;
    this.#balancer = pool.balancer;
    this.#pinned = false;
    this.#wish = null;
    this.#isDetour = isDetour;
    this.zone = this.#context.settings.preferredZone;
    if (this.tried.length > 0) this.tried = NONE;
    this.#policy = isDetour ? null : pool.settings.routePolicy;
    if (this.#policy !== null) {
      this.#caller = client.caller;
      this.#closed = null;
    }
    if (pool.settings.hashHeader !== '') this.#hash(head, pool.settings.hashHeader);
    if (isDetour) return null;
    if (request.cookie !== ABSENT) this.#wish = stickyWish(head, this.#context.settings.sticky);
    if (request.appInstance === ABSENT && request.processInstance === ABSENT) return null;
    const pin = readPin(head, request);
    if (pin === null) return null;
    return 'status' in pin ? pin : this.#pin(pool, pin, request.host);
  }

  /** The endpoint that a request of this route might have had; it gets none. */
  peek(pool: Pool): Endpoint | null {
    this.zone = '';
    this.hashed = '';
    this.tried = NONE;
    return pool.balancer(pool, this);
  }

  /** The endpoint for the next attempt, which is counted as under way there; `null` when there is none it may have. */
  next(now: number): Endpoint | null {
    // Who is named is asked, whatever befell it a moment ago.
    this.nowSecond = this.#pinned ? Number.POSITIVE_INFINITY : Math.floor(now / 1000);
    for (let race = 0; race < MOST_RACES; race++) {
      const endpoint = this.#select();
      if (endpoint === null || this.tried.includes(endpoint)) return null;
      if (this.#policy !== null && this.#isClosed(this.#policy, endpoint)) return null;
      const { seat } = endpoint.backend;
      if (this.load.begin(seat) === VOID) continue;
      if (this.load.occupy(seat)) {
        if (this.load.limits(seat)) this.#held = seat;
        return endpoint;
      }
      this.load.end(seat);
    }
    return null;
  }

  /** The endpoint that was chosen and is closed to the caller, and by which rule; `null`: none was. */
  get closedEndpoint(): ClosedEndpoint | null {
    return this.#policy === null ? null : this.#closed;
  }

  /** Every endpoint has as many requests waiting as it may. */
  get isExhausted(): boolean {
    return this.#pool!.endpoints.every(({ backend }) => this.load.isFull(backend.seat));
  }

  /** The response has begun, or there will be none: to be called after each attempt, any number of times. */
  settle(): void {
    if (this.#held === NO_SEAT) return;
    this.load.vacate(this.#held);
    this.#held = NO_SEAT;
  }

  /** An attempt at it has failed. */
  avoid(endpoint: Endpoint): void {
    if (this.tried.length === 0) this.tried = [endpoint];
    else this.tried.push(endpoint);
  }

  /** Whether an endpoint other than this one has not been tried. */
  hasAnother(than: Endpoint): boolean {
    return this.#pool!.endpoints.some((each) => each !== than && !this.tried.includes(each));
  }

  /** Whether the response may need lines of ours for its session. */
  isSticky(setsCookies: boolean): boolean {
    if (this.#isDetour) return false;
    return setsCookies || this.#wish !== null || this.#context.settings.sticky.forNegotiate;
  }

  /** Those lines. `time`: Unix milliseconds. */
  sessionLines(head: Head, { instanceId }: Endpoint, time: number): string {
    const path = this.#pool!.settings.contextPath;
    const now = Math.floor(time / 1000);
    return stickyLines(head, { instanceId, wish: this.#wish, path, now }, this.#context.settings.sticky);
  }

  #select(): Endpoint | null {
    const wish = this.#wish;
    if (wish !== null) {
      const held = this.tried.length === 0 ? this.#pool!.find(wish.instance) : null;
      if (held !== null && !this.load.isFull(held.backend.seat)) return held;
      if (wish.must) return null;
    }
    return this.#balancer!(this.#pool!, this);
  }

  /** Looked at when it has been chosen, not before: a route shared by spaces may answer one request and refuse the next (RFC-0055). */
  #isClosed(policy: RoutePolicy, endpoint: Endpoint): boolean {
    const rule = scopeRefusal(policy, this.#caller, endpoint.tags);
    this.#closed = rule === null ? null : { endpoint, rule };
    return rule !== null;
  }

  #hash(head: Head, name: string): void {
    const value = head.anyValueOf(name);
    if (value === null || value === '') this.#balancer = this.#context.fallbackBalancer;
    else this.hashed = value;
  }

  #pin(pool: Pool, pin: InstancePin, host: string): RouterError | null {
    const endpoints = pinned(pool.endpoints, pin);
    if (endpoints.length === 0) return unknownInstance(pin, host);
    // A table for these few alone would cost more than the request.
    const balancer = pool.settings.hashHeader === '' ? pool.balancer : this.#context.fallbackBalancer;
    const some = new Pool(pool.settings, balancer);
    for (const endpoint of endpoints) some.add(endpoint);
    this.#pool = some;
    this.#balancer = balancer;
    this.#pinned = true;
    return null;
  }
}
