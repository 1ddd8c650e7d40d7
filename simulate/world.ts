import { HeldStates } from '../src/registry/held-states.ts';
import { Registry } from '../src/registry/registry.ts';
import { RegistryTally } from '../src/registry/registry-counters.ts';
import type { Backend } from '../src/routing/backend.ts';
import { backendIdentity, type Endpoint, type EndpointFacts } from '../src/routing/endpoint.ts';
import { routeKey } from '../src/routing/route-key.ts';
import type { Seat } from '../src/routing/seat.ts';
import { RouteFeed } from '../src/runtime/threads/route-feed.ts';
import type { ComponentLog } from '../src/telemetry/component-log.ts';
import { addressAfter, castOf, type Instance, messageOf, ROUTES } from './cast.ts';
import type { Fault } from './fault.ts';
import { askedFor } from './heads.ts';
import { LossyStates } from './lossy-states.ts';
import { type Memory, memoryOf } from './memory.ts';
import { NaiveTable } from './naive-table.ts';
import type { Step } from './step.ts';
import { type Exchange, SimulatedThread } from './thread.ts';
import { Versions } from './versions.ts';

const LANES = 3;
const STALE_MS = 120_000;
const MOST_EXCHANGES = 12;
/** Of mail that a thread has not read: a thread that is far behind is no different from one that is a little. */
const MOST_MAIL = 6;

const SILENT: ComponentLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => SILENT,
  flush() {},
};

/** What a request asks for that is meant for a route. */
const ASKED = ROUTES.map((key) => {
  const [host = '', ...segments] = key.replace('*', 'x').split('/');
  return { host, path: `/${segments.join('/')}` };
});

/**
 * A control thread with its registry, proxy threads with their replicas and exchanges, and what goes between them, under
 * one scheduler: nothing happens but by a step. Beside them a naive model of who is in which route. @throws when they
 * differ, or when anything else is not as it must be
 */
export class World {
  readonly #faults: ReadonlySet<Fault>;
  readonly #memory: Memory;
  readonly #registry: Registry;
  readonly #feed: RouteFeed;
  readonly #model: NaiveTable;
  readonly #versions = new Versions();
  readonly #threads: (SimulatedThread | null)[] = new Array(LANES).fill(null);
  readonly #controlTurns: (() => void)[] = [];
  readonly #cast = castOf();
  readonly #tally = new RegistryTally();
  readonly #random: () => number;
  /** Backends that an attempt has failed at. */
  readonly #marked = new Set<string>();
  #busConnected = true;
  #now = 1_000_000;

  constructor(random: () => number, faults: ReadonlySet<Fault> = new Set()) {
    this.#faults = faults;
    this.#random = random;
    this.#memory = memoryOf(LANES, faults);
    const { seats, records, ends } = this.#memory;
    this.#registry = new Registry({
      now: () => this.#now,
      staleThreshold: STALE_MS,
      suspendPruning: true,
      keepEmptyPools: false,
      emptyPoolTimeout: 0,
      defaultLoadBalancing: 'round-robin',
      sharding: { mode: 'all', segments: [] },
      seats,
      records,
      epochs: ends,
      states: this.#faults.has('lost states') ? new LossyStates() : new HeldStates(),
      log: SILENT,
      counters: this.#tally,
    });
    this.#model = new NaiveTable({
      staleThreshold: STALE_MS,
      suspendPruning: true,
      emptyPoolLifetime: 0,
      segments: [''],
    });
    this.#feed = new RouteFeed({
      nextEpoch: () => this.#nextEpoch(),
      digest: () => this.#registry.digest,
      snapshot: () => this.#registry.snapshot(3),
      later: (step) => this.#controlTurns.push(step),
    });
    this.#registry.onChange((change) => this.#feed.add(change));
    for (let lane = 0; lane < LANES; lane++) this.#start(lane);
  }

  take({ kind, a, b, c }: Step): void {
    switch (kind) {
      case 'register':
      case 'unregister':
        this.#hear(kind, messageOf(this.#instance(a), b, c));
        return;
      case 'move': {
        const instance = this.#instance(a);
        instance.address = addressAfter(b);
        instance.tls = c % 4 === 0;
        return;
      }
      case 'prune':
        this.#prune();
        return;
      case 'bus':
        this.#busConnected = a % 3 !== 0;
        return;
      case 'clock':
        this.#now += b % 40 === 0 ? 200_000 : b % 20_000;
        return;
      case 'control':
        this.#controlTurns.shift()?.();
        return;
      case 'deliver':
        this.#thread(a)?.deliver();
        return;
      case 'turn':
        this.#thread(a)?.turn();
        return;
      case 'begin':
        this.#begin(this.#thread(a), b, c);
        return;
      case 'answer':
        this.#withExchange(a, b, (thread, exchange) => thread.answered(exchange));
        return;
      case 'end':
        this.#withExchange(a, b, (thread, exchange) => thread.end(exchange));
        return;
      case 'fail':
        this.#withExchange(a, b, (thread, exchange) => this.#fail(thread, exchange, c % 3 === 0));
        return;
      case 'die':
        this.#die(a % LANES);
        return;
      case 'start':
        if (this.#threads[a % LANES] === null) this.#start(a % LANES);
        return;
      case 'settle':
        this.settle();
        return;
    }
  }

  /** Lets everything that waits have its turn; then all tables must be equal, and all counts those of what is under way. */
  settle(): void {
    while (this.#isBusy()) {
      this.#controlTurns.shift()?.();
      for (const thread of this.#threads) {
        thread?.deliver();
        thread?.turn();
      }
    }
    for (const thread of this.#threads) if (thread !== null) this.#compare(thread);
    this.#compareCounts();
    if (this.#registry.endpointCount !== this.#model.rows.length) throw new Error('endpoints are miscounted');
    this.#versions.forgetBefore(this.#memory.epochs.current - 1);
  }

  /** Everybody leaves: nothing may be left of anything. */
  finish(): void {
    for (const thread of this.#threads) {
      for (const exchange of [...(thread?.exchanges ?? [])]) thread!.end(exchange);
    }
    for (const row of [...this.#model.rows]) this.#hear('unregister', { ...row.message, uris: [row.key] });
    this.settle();
    for (let batch = 0; batch < 3; batch++) this.#memory.epochs.next();
    for (const thread of this.#threads) {
      if (thread !== null && [...thread.replica.backends].length > 0)
        throw new Error('a backend is left behind');
    }
    const { low, high } = this.#registry.digest;
    if (low !== 0 || high !== 0) throw new Error('the digest of an empty table is not that of nothing');
    if (this.#registry.backendCount !== 0 || this.#registry.poolCount !== 0)
      throw new Error('the table is not empty');
    // Names of tags stay; they are few.
    if (this.#memory.records.size > 1024)
      throw new Error(`${this.#memory.records.size} bytes of records are left`);
  }

  #hear(kind: 'register' | 'unregister', message: ReturnType<typeof messageOf>): void {
    const refused = this.#tally.registrationsRefused;
    this.#registry[kind](message);
    // For want of a slot: then nothing at all has changed.
    if (this.#tally.registrationsRefused > refused) return;
    const uris = message.uris.map(routeKey);
    this.#model[kind]({ ...message, uris }, this.#now);
    this.#noteVersions(uris);
  }

  #prune(): void {
    for (const _ of this.#registry.prune(this.#busConnected));
    const before = this.#model.rows;
    this.#model.prune(this.#busConnected, this.#now);
    const left = new Set(this.#model.rows);
    this.#noteVersions([...new Set(before.filter((row) => !left.has(row)).map(({ key }) => key))]);
  }

  #noteVersions(keys: readonly string[]): void {
    const { current } = this.#memory.epochs;
    for (const key of keys) {
      const rows = this.#model.rows.filter((row) => row.key === key);
      this.#versions.changed(key, current, new Set(rows.map(({ message }) => nameOf(message))));
    }
  }

  #begin(thread: SimulatedThread | null, b: number, c: number): void {
    if (thread === null || thread.exchanges.length >= MOST_EXCHANGES) return;
    const whom = this.#instance(b >> 4);
    const wish = c % 4 === 0 ? 'pin' : c % 4 === 1 ? 'session' : 'none';
    // Most go where most is.
    const route = c % 3 === 0 ? b % ROUTES.length : b % 5;
    const { host, path } = ASKED[route]!;
    const exchange = thread.begin(askedFor(host, path, wish, whom), wish === 'pin', this.#now);
    if (exchange !== null) this.#check(thread, exchange);
  }

  #fail(thread: SimulatedThread, exchange: Exchange, stale: boolean): void {
    const { endpoint } = exchange;
    if (!stale) this.#marked.add(holderOf(endpoint));
    if (thread.retry(exchange, this.#now, stale)) this.#check(thread, exchange);
  }

  /** A request is sent: it must reach the backend that was chosen, and that must be one of its route's. */
  #check(thread: SimulatedThread, { key, endpoint }: Exchange): void {
    const said = nameOf(endpoint);
    const reached = thread.reached(endpoint);
    if (reached !== backendIdentity(endpoint))
      throw new Error(`a request for ${key} meant for ${said} reached ${reached}`);
    if (endpoint.backend.isRetired)
      throw new Error(`a request for ${key} was given to ${said}, which has retired`);
    if (!this.#versions.mayHave(thread.epoch, key, said)) {
      throw new Error(`a request for ${key} was given to ${said}, which has left it`);
    }
  }

  #start(lane: number): void {
    this.#memory.epochs.restart(lane);
    const thread = new SimulatedThread(lane, this.#memory, this.#faults, this.#random);
    this.#threads[lane] = thread;
    void this.#feed.follow(this.#deliver(thread));
  }

  readonly #delivers = new Map<
    SimulatedThread,
    (batch: Parameters<SimulatedThread['mail']['push']>[0]) => void
  >();

  #deliver(thread: SimulatedThread) {
    const deliver = (batch: Parameters<SimulatedThread['mail']['push']>[0]) => {
      thread.mail.push({ ...batch, codes: batch.codes.slice() });
      while (thread.mail.length > MOST_MAIL) thread.deliver();
    };
    this.#delivers.set(thread, deliver);
    return deliver;
  }

  #die(lane: number): void {
    const thread = this.#threads[lane];
    if (thread === null || thread === undefined) return;
    this.#feed.leave(this.#delivers.get(thread)!);
    this.#delivers.delete(thread);
    this.#threads[lane] = null;
    if (!this.#faults.has('unsettled threads')) this.#memory.endpoints.settle(lane);
    this.#memory.epochs.vacate(lane);
  }

  #nextEpoch(): number {
    const epoch = this.#memory.epochs.next();
    if (this.#memory.ends !== this.#memory.epochs) this.#memory.ends.next();
    return epoch;
  }

  #compare({ lane, replica }: SimulatedThread): void {
    if (!replica.digest.is(this.#registry.digest)) throw new Error(`the digest of lane ${lane} is another`);
    for (const [at, key] of ROUTES.entries()) {
      const expected = this.#model.rows
        .filter((row) => row.key === key)
        .map(({ message }) => nameOf(message));
      const pool = replica.match(ASKED[at]!.host, ASKED[at]!.path);
      const found = pool?.settings.routeKey === key ? pool.endpoints.map(nameOf) : [];
      if (found.toSorted().join() !== expected.toSorted().join()) {
        throw new Error(`lane ${lane} has ${found} for ${key}, and the model ${expected}`);
      }
    }
  }

  /** Of those that are in the table: one that has left may have requests under way, which count for nobody else. */
  #compareCounts(): void {
    const expected = new Map<string, number>();
    for (const thread of this.#threads) {
      for (const { endpoint } of thread?.exchanges ?? []) {
        const holder = holderOf(endpoint);
        expected.set(holder, (expected.get(holder) ?? 0) + 1);
      }
    }
    const second = Math.floor(this.#now / 1000);
    for (const thread of this.#threads) {
      if (thread === null) continue;
      for (const [identity, { seat }] of backendsOf(thread)) {
        const holder = `${seat} ${identity}`;
        const [counted, underWay] = [thread.cells.inFlight(seat), expected.get(holder) ?? 0];
        if (counted !== underWay)
          throw new Error(`${counted} requests count at ${identity}, ${underWay} are under way`);
        if (thread.cells.isFailed(seat, second) && !this.#marked.has(holder)) {
          throw new Error(`${identity} is marked as failed, and nobody did it`);
        }
      }
    }
  }

  #isBusy(): boolean {
    return this.#controlTurns.length > 0 || this.#threads.some((thread) => thread?.isBehind === true);
  }

  #withExchange(a: number, b: number, act: (thread: SimulatedThread, exchange: Exchange) => void): void {
    const thread = this.#thread(a);
    const exchange = thread?.exchanges[b % Math.max(thread.exchanges.length, 1)];
    if (thread && exchange) act(thread, exchange);
  }

  #thread(number: number): SimulatedThread | null {
    return this.#threads[number % LANES]!;
  }

  #instance(number: number): Instance {
    return this.#cast[number % this.#cast.length]!;
  }
}

/** A backend in its seat: who comes back has another seat, and who has the seat after it is another backend. */
function holderOf(endpoint: Endpoint): string {
  return `${endpoint.backend.seat} ${backendIdentity(endpoint)}`;
}

/** What tells a state of a backend from any other. */
function nameOf(endpoint: EndpointFacts | Endpoint): string {
  return `${backendIdentity(endpoint)} ${endpoint.tags?.['variant']}`;
}

/** Those in a thread's table, by identity: one seat for each of them, and one of them in each seat. */
function backendsOf({ lane, replica }: SimulatedThread): Map<string, Backend> {
  const backends = new Map<string, Backend>();
  const identities = new Map<Seat, string>();
  for (const { host, path } of ASKED) {
    for (const endpoint of replica.match(host, path)?.endpoints ?? []) {
      const identity = backendIdentity(endpoint);
      const { backend } = endpoint;
      const known = backends.get(identity) ?? backend;
      if (known !== backend || (identities.get(backend.seat) ?? identity) !== identity) {
        throw new Error(`on lane ${lane} seat ${backend.seat} is of ${identity}, and not of it alone`);
      }
      backends.set(identity, backend);
      identities.set(backend.seat, identity);
    }
  }
  return backends;
}
