import type { Arm, Arms, Draw } from '../../routing/arms.ts';
import type { Backend } from '../../routing/backend.ts';
import type { Attempt, Balancer, Candidates } from '../../routing/balancer.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import { type ChoiceCells, VOID } from '../../routing/endpoint-cells.ts';
import type { Pool } from '../../routing/pool.ts';
import type { RoutePolicy } from '../../routing/route-policy.ts';
import type { Split } from '../../routing/split.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import { ARM_COOKIE, armCookie, knownUser, newUser } from '../policy/arm-cookie.ts';
import { requestCookies } from '../policy/cookie.ts';
import { type InstancePin, pinnedIn, readPin, unknownInstance } from '../policy/instance-pin.ts';
import { type Caller, scopeRefusal } from '../policy/route-policy.ts';
import type { RouterError } from '../policy/router-error.ts';
import { type StickySettings, type StickyWish, stickyCookies, stickyWish } from '../policy/sticky.ts';

/** What all requests of a thread share; settings may change between two of them. */
interface ChoiceContext {
  readonly settings: {
    readonly sticky: StickySettings;
    readonly preferredZone: string;
    readonly hashTableSize: number;
  };
}

interface Ground {
  readonly cells: ChoiceCells;
  /** For requests that lack the header their route hashes. */
  readonly fallbackBalancer: Balancer;
}

/** Who asks for what, as far as it matters to the choice. */
interface Asked {
  readonly head: Head;
  readonly request: Request;
  readonly client: { readonly caller: Caller | null; readonly address: string };
}

interface ClosedEndpoint {
  readonly endpoint: Endpoint;
  readonly rule: string;
}

/** Rounds of losing the last place of a backend to another thread. */
const MOST_RACES = 8;
const NONE: Backend[] = [];

/**
 * Where one request may go, and where it has been. What it pins itself to, the session it sticks to and the endpoints it
 * has tried are filters over its route's pool, as that is at each attempt: who has left the pool is not asked, whatever
 * the request says of it. Reused from request to request.
 */
export class EndpointChoice implements Attempt {
  readonly load: ChoiceCells;
  readonly random: () => number;
  nowSecond = 0;
  /** Not the endpoints: one that has been registered anew meanwhile is another of the same backend. */
  tried: Backend[] = NONE;
  zone = '';
  hashed = '';
  readonly #users: (() => string) | null;
  readonly #context: ChoiceContext;
  readonly #destinations: Ground;
  #pool: Pool | null = null;
  #balancer: Balancer | null = null;
  #pin: InstancePin | null = null;
  #wish: StickyWish | null = null;
  #isDetour = false;
  #caller: Caller | null = null;
  #closed: ClosedEndpoint | null = null;
  /** That of a first attempt, which counts for it; null: of none, or it was named by the request. */
  arm: Arm | null = null;
  /** Null: the route has no split. */
  #draw: Draw | null = null;
  /** As which the client is to be known from now on; null: it is known, or need not be. */
  #newUser: string | null = null;

  /**
   * @param random uniform in [0, 1)
   * @param users as which clients that are not known yet are to be known; null: they are drawn by chance, which gives
   * each arm the same share, and nobody is to be known by it
   */
  constructor(
    context: ChoiceContext,
    destinations: Ground,
    random: () => number = Math.random,
    users: (() => string) | null = newUser,
  ) {
    this.random = random;
    this.#users = users;
    this.load = destinations.cells;
    this.#context = context;
    this.#destinations = destinations;
  }

  get hashTableSize(): number {
    return this.#context.settings.hashTableSize;
  }

  /** Endpoints there are to choose from. */
  get count(): number {
    return this.#pool === null ? 0 : this.#candidates.endpoints.length;
  }

  /**
   * For a request of this route; answers why there can be no endpoint for it, or `null`. `isDetour`: the pool is that
   * of a route service, to which sessions, pins and policies mean nothing.
   */
  begin(pool: Pool, { head, request, client }: Asked, isDetour: boolean): RouterError | null {
    this.#pool = pool;
    this.#balancer = pool.balancer;
    this.#pin = null;
    this.#wish = null;
    this.#isDetour = isDetour;
    this.#caller = client.caller;
    this.#closed = null;
    this.zone = this.#context.settings.preferredZone;
    if (this.tried.length > 0) this.tried = NONE;
    if (pool.settings.hashHeader !== '') this.#hash(head, pool.settings.hashHeader);
    this.#newUser = null;
    this.#draw =
      isDetour || pool.settings.split === null ? null : this.#drawFor(pool.settings.split, head, client);
    if (isDetour) return null;
    if (request.cookie !== ABSENT) this.#wish = stickyWish(head, this.#context.settings.sticky);
    if (request.appInstance === ABSENT && request.processInstance === ABSENT) return null;
    const pin = readPin(head, request);
    if (pin === null) return null;
    return 'status' in pin ? pin : this.#pinTo(pool, pin, request.host);
  }

  /** The endpoint that a request of this route might have had; it gets none. */
  peek(pool: Pool): Endpoint | null {
    this.zone = '';
    this.hashed = '';
    this.tried = NONE;
    return pool.balancer(pool.open, this);
  }

  /**
   * The endpoint for the next attempt, which counts as under way there and awaits a response; `null` when there is none
   * it may have.
   */
  next(now: number): Endpoint | null {
    // Who is named is asked, whatever befell it a moment ago.
    this.nowSecond = this.#pin === null ? Math.floor(now / 1000) : Number.POSITIVE_INFINITY;
    const policy = this.#isDetour ? null : this.#pool!.settings.routePolicy;
    this.arm = null;
    for (let race = 0; race < MOST_RACES; race++) {
      const endpoint = this.#select();
      if (endpoint === null || this.tried.includes(endpoint.backend)) return null;
      if (policy !== null && this.#isClosed(policy, endpoint)) return null;
      const { seat } = endpoint.backend;
      if (this.load.begin(seat) === VOID) continue;
      if (this.load.occupy(seat)) return endpoint;
      this.load.end(seat);
    }
    return null;
  }

  /** Whether its arm is drawn by chance, with the first random number that is asked for; not by whose request it is. */
  get isDrawnByChance(): boolean {
    return this.#draw?.kind === 'random';
  }

  /** The endpoint that was chosen and is closed to the caller, and by which rule; `null`: none was. */
  get closedEndpoint(): ClosedEndpoint | null {
    return this.#closed;
  }

  /** Every endpoint has as many requests waiting as it may. */
  get isExhausted(): boolean {
    const { endpoints } = this.#candidates;
    return endpoints.length > 0 && endpoints.every(({ backend }) => this.load.isFull(backend.seat));
  }

  /** An attempt at it has failed. */
  avoid({ backend }: Endpoint): void {
    if (this.tried.length === 0) this.tried = [backend];
    else this.tried.push(backend);
  }

  /** Whether an endpoint other than this one has not been tried. */
  hasAnother(than: Endpoint): boolean {
    return this.#candidates.endpoints.some(
      ({ backend }) => backend !== than.backend && !this.tried.includes(backend),
    );
  }

  /** Whether the response may need cookies of ours. */
  isSticky(setsCookies: boolean): boolean {
    if (this.#isDetour) return false;
    return (
      setsCookies ||
      this.#newUser !== null ||
      this.#wish !== null ||
      this.#context.settings.sticky.forNegotiate
    );
  }

  /** As Set-Cookie has them. `time`: Unix milliseconds. `proto`: by which the client came. */
  cookies(head: Head, { instanceId }: Endpoint, time: number, proto: string): readonly string[] {
    const { sticky } = this.#context.settings;
    const path = this.#pool!.settings.contextPath;
    const now = Math.floor(time / 1000);
    const session = stickyCookies(head, { instanceId, wish: this.#wish, path, now }, sticky);
    const user = this.#newUser;
    return user === null ? session : [...session, armCookie(user, path, sticky.secure || proto === 'https')];
  }

  /** Nobody holds on to the pool, or to endpoints that were tried, between two requests. */
  end(): void {
    this.#pool = null;
    this.arm = null;
    this.#closed = null;
    if (this.tried.length > 0) this.tried = NONE;
  }

  /** As they are now. */
  get #candidates(): Candidates {
    if (this.#pin !== null) return pinnedIn(this.#pool!, this.#pin);
    return this.#arms?.served ?? this.#pool!.open;
  }

  /** Of the pool as it is now; null: its requests are not shared out, or this one is pinned, or goes to a service. */
  get #arms(): Arms | null {
    return this.#draw === null || this.#pin !== null ? null : this.#pool!.arms;
  }

  #select(): Endpoint | null {
    const wish = this.#wish;
    const arms = this.#arms;
    if (wish !== null) {
      const held = this.tried.length === 0 ? this.#pool!.find(wish.instance) : null;
      // A session with who gets no more requests goes on elsewhere.
      const arm = held === null || arms === null ? null : arms.armOf(held);
      const isReleased =
        held !== null &&
        ((arms !== null && !(arm !== null && arm.weight > 0)) || this.#pool!.orderOf(held) === 'hold');
      if (held !== null && !isReleased && this.#isAllowed(held) && !this.load.isFull(held.backend.seat)) {
        this.arm = arm;
        return held;
      }
      if (wish.must && !isReleased) return null;
    }
    return arms === null ? this.#balancer!(this.#candidates, this) : this.#selectIn(arms);
  }

  /** A first attempt goes to the arm that is drawn; later ones go to whoever has not been tried, in any arm with weight. */
  #selectIn(arms: Arms): Endpoint | null {
    if (this.tried.length > 0) return this.#balancer!(arms.served, this);
    const passed: Arm[] = [];
    for (let arm = arms.choose(this.#draw!); arm !== null; arm = arms.choose(this.#draw!, passed)) {
      const endpoint = this.#balancer!(arm, this);
      this.arm = arm;
      if (endpoint !== null || arms.split.onEmpty === 'fail') return endpoint;
      passed.push(arm);
    }
    return null;
  }

  #isAllowed(endpoint: Endpoint): boolean {
    return this.#pin === null || this.#candidates.endpoints.includes(endpoint);
  }

  /** Looked at when it has been chosen, not before: a route shared by spaces may answer one request and refuse the next (RFC-0055). */
  #isClosed(policy: RoutePolicy, endpoint: Endpoint): boolean {
    const rule = scopeRefusal(policy, this.#caller, endpoint.tags);
    this.#closed = rule === null ? null : { endpoint, rule };
    return rule !== null;
  }

  /** Who does not show what a user is known by is nobody that must be known again. */
  #drawFor({ key }: Split, head: Head, { address }: Asked['client']): Draw {
    const value = this.#valueOf(key, head, address);
    return value ? { kind: 'key', value } : { kind: 'random', at: this.random() };
  }

  #valueOf(key: Split['key'], head: Head, address: string): string | null {
    switch (key.kind) {
      case 'none':
        return null;
      case 'cookie':
        return requestCookies(head).get(key.name) ?? null;
      case 'header':
        return head.anyValueOf(key.name);
      case 'client-ip':
        return address;
      case 'user': {
        const known = knownUser(requestCookies(head).get(ARM_COOKIE));
        this.#newUser = known === null ? (this.#users?.() ?? null) : null;
        return known ?? this.#newUser;
      }
    }
  }

  #hash(head: Head, name: string): void {
    const value = head.anyValueOf(name);
    if (value === null || value === '') this.#balancer = this.#destinations.fallbackBalancer;
    else this.hashed = value;
  }

  #pinTo(pool: Pool, pin: InstancePin, host: string): RouterError | null {
    this.#pin = pin;
    // A table for these few alone would cost more than the request.
    if (pool.settings.hashHeader !== '') this.#balancer = this.#destinations.fallbackBalancer;
    return this.#candidates.endpoints.length === 0 ? unknownInstance(pin, host) : null;
  }
}
