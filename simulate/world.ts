import type { RouteMessage } from '../src/bus/route-message.ts';
import { HeldStates } from '../src/registry/held-states.ts';
import { Registry } from '../src/registry/registry.ts';
import type { RegistryCounters } from '../src/registry/registry-counters.ts';
import { backendIdentity, mayInherit } from '../src/routing/endpoint.ts';
import { routeKey } from '../src/routing/route-key.ts';
import { RouteFeed } from '../src/runtime/threads/route-feed.ts';
import { SILENT } from '../src/telemetry/silent-log.ts';
import { addressAfter, castOf, type Instance, messageOf, ROUTES } from './cast.ts';
import { ASKED, compareCounts, compareTables } from './compare.ts';
import type { Fault } from './fault.ts';
import { askedFor } from './heads.ts';
import { LossyStates } from './lossy-states.ts';
import { type Memory, memoryOf } from './memory.ts';
import { NaiveTable } from './naive-table.ts';
import { holderOf, isStateOf, nameOf } from './names.ts';
import type { Step } from './step.ts';
import { type Exchange, SimulatedThread } from './thread.ts';
import { Versions } from './versions.ts';

const LANES = 3;
const STALE_MS = 120_000;
const MOST_EXCHANGES = 12;
/** Registrations that are said again. */
const MOST_SAID = 20;
/** Of mail that a thread has not read: a thread that is far behind is no different from one that is a little. */
const MOST_MAIL = 6;

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
  /** Registrations that may be said again word for word. */
  readonly #said: RouteMessage[] = [];
  /** What the registry had no room for, and messages of which it has taken something. */
  readonly #refused: string[] = [];
  #heard = 0;
  readonly #random: () => number;
  /** Backends that an attempt has failed at. */
  readonly #marked = new Set<string>();
  #busConnected = true;
  #now = 1_000_000;
  /** Milliseconds in which nothing ages. */
  #paused = 0;

  constructor(random: () => number, faults: ReadonlySet<Fault> = new Set()) {
    this.#faults = faults;
    this.#random = random;
    this.#memory = memoryOf(LANES, random, faults);
    const { seats, records, ends } = this.#memory;
    this.#registry = new Registry({
      now: () => this.#now,
      running: () => this.#running,
      staleThreshold: STALE_MS,
      suspendPruning: true,
      maxAgeVerified: 86_400_000,
      maxAgePlain: null,
      reconcileAfter: 40_000,
      keepEmptyPools: false,
      emptyPoolTimeout: 0,
      defaultLoadBalancing: 'round-robin',
      sharding: { mode: 'all', segments: [] },
      seats,
      records,
      epochs: ends,
      states: this.#faults.has('lost states') ? new LossyStates() : new HeldStates(),
      log: { ...SILENT, error: (_, { uri } = {}) => void this.#refused.push(String(uri)) },
      counters: this.#counters(),
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
      case 'beat':
        if (this.#said.length > 0) this.#hear('register', this.#said[a % this.#said.length]!);
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
      case 'pause':
        this.#now += 2 * STALE_MS;
        this.#paused += 2 * STALE_MS;
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
        this.#withExchange(a, b, (thread, exchange) => this.#goOn(thread, exchange));
        return;
      case 'end':
        this.#withExchange(a, b, (thread, exchange) => thread.end(exchange));
        return;
      case 'fail':
        this.#withExchange(a, b, (thread, exchange) => this.#fail(thread, exchange, c % 3 === 0));
        return;
      case 'misfit':
        this.#withExchange(a, b, (_, exchange) => this.#misfit(exchange));
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
    const threads = this.#threads.filter((thread) => thread !== null);
    for (const thread of threads) compareTables(thread, this.#registry, this.#model);
    compareCounts(threads, this.#marked, Math.floor(this.#now / 1000));
    if (this.#registry.endpointCount !== this.#model.rows.length) throw new Error('endpoints are miscounted');
    if (this.#registry.poolCount !== this.#model.pools.length) throw new Error('routes are miscounted');
    this.#versions.forgetBefore(this.#memory.epochs.current - 1);
  }

  /** Everybody leaves: nothing may be left of anything. */
  finish(): void {
    for (const thread of this.#threads) {
      for (const exchange of [...(thread?.exchanges ?? [])]) thread!.end(exchange);
    }
    for (const row of [...this.#model.rows]) this.#hear('unregister', { ...row.message, uris: [row.key] });
    this.settle();
    // And what they said ends that were taken out.
    this.#busConnected = true;
    this.#prune();
    this.#now += 2 * STALE_MS;
    this.#prune();
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

  #hear(kind: 'register' | 'unregister', message: RouteMessage): void {
    const uris = kind === 'register' ? this.#register(message) : message.uris.map(routeKey);
    if (kind === 'unregister') this.#registry.unregister(message);
    this.#model[kind]({ ...message, uris }, this.#running);
    this.#noteVersions(uris);
  }

  /** Answers the routes for which there was room. */
  #register(message: RouteMessage): string[] {
    this.#said.push(message);
    if (this.#said.length > MOST_SAID) this.#said.shift();
    const digest = this.#registry.digestOf(Buffer.from(JSON.stringify(message)));
    this.#refused.length = 0;
    const heard = this.#heard;
    if (!this.#registry.refresh(digest)) this.#registry.register(message, digest);
    // Refused as a whole it is told of once.
    return this.#heard === heard
      ? []
      : message.uris.filter((uri) => !this.#refused.includes(uri)).map(routeKey);
  }

  #counters(): RegistryCounters {
    return {
      registered: () => this.#heard++,
      unregistered() {},
      routeRegistered() {},
      routeUnregistered() {},
      pruned() {},
      refused() {},
    };
  }

  get #running(): number {
    return this.#now - this.#paused;
  }

  #prune(): void {
    for (const _ of this.#registry.prune(this.#busConnected));
    const before = this.#model.rows;
    this.#model.prune(this.#busConnected, this.#running);
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

  /** A thread says so; by the time that it is heard there may be somebody else. */
  #misfit({ pool, attempt: { endpoint } }: Exchange): void {
    if (!endpoint.tls) return;
    const { id, routeKey: key } = pool.settings;
    const { address, backend } = endpoint;
    this.#controlTurns.push(() => {
      const { endpointCount } = this.#registry;
      const row = this.#model.rows.find((each) => each.key === key && each.message.address === address);
      this.#registry.pruneFailed({ pool: id, routeKey: key, address, seat: backend.seat });
      if (this.#registry.endpointCount === endpointCount) return;
      if (row === undefined || backendIdentity(row.message) !== backendIdentity(endpoint))
        throw new Error(`${key} lost another backend than the one that failed`);
      this.#model.fail(key, address, this.#running);
      this.#noteVersions([key]);
    });
  }

  #begin(thread: SimulatedThread | null, b: number, c: number): void {
    if (thread === null || thread.exchanges.length >= MOST_EXCHANGES) return;
    const whom = this.#instance(b >> 4);
    const wish = c % 4 === 0 ? 'pin' : c % 4 === 1 ? 'session' : 'none';
    // Most go where most is.
    const route = c % 3 === 0 ? b % ROUTES.length : b % 5;
    const { host, path } = ASKED[route]!;
    const exchange = thread.begin(askedFor(host, path, wish, whom), wish === 'pin', this.#now);
    if (exchange === null) return;
    this.#check(thread, exchange);
    if (c % 5 === 0) exchange.state = 'dialing';
  }

  /** A connection has been made, over which the request may be sent if it still leads there; or a response has begun. */
  #goOn(thread: SimulatedThread, exchange: Exchange): void {
    if (exchange.state !== 'dialing') thread.answered(exchange);
    else if (exchange.attempt.isRouted || this.#faults.has('late dials')) {
      exchange.state = 'sent';
      this.#checkSent(thread, exchange);
    } else this.#fail(thread, exchange, true);
  }

  #fail(thread: SimulatedThread, exchange: Exchange, stale: boolean): void {
    const { endpoint } = exchange.attempt;
    if (!stale) this.#marked.add(holderOf(endpoint));
    if (thread.retry(exchange, this.#now, stale)) this.#check(thread, exchange);
  }

  /** An endpoint has been chosen: it must be one of its route's, whose rules are no weaker than its own. */
  #check(thread: SimulatedThread, exchange: Exchange): void {
    const { key, pool, attempt } = exchange;
    const said = nameOf(attempt.endpoint);
    const { routePolicy, routeServiceUrl } = attempt.endpoint;
    const { settings } = pool;
    if (
      (routePolicy !== null && settings.routePolicy === null) ||
      (routeServiceUrl !== '' && settings.routeServiceUrl === '')
    )
      throw new Error(`${key} is open, and ${said} in it says that it is not`);
    if (!this.#versions.mayHave(thread.epoch, key, (member) => member === said))
      throw new Error(`a request for ${key} was given to ${said}, which has left it`);
    this.#checkSent(thread, exchange);
  }

  /** A request is sent: it must reach the backend that was chosen, and that must be one of its route's. */
  #checkSent(thread: SimulatedThread, { key, attempt: { endpoint } }: Exchange): void {
    const identity = backendIdentity(endpoint);
    const reached = thread.reached(endpoint);
    const reachedIdentity = backendIdentity(reached);
    if (reachedIdentity !== identity && !mayInherit(endpoint, reached))
      throw new Error(`a request for ${key} meant for ${identity} reached ${reachedIdentity}`);
    if (endpoint.backend.isRetired)
      throw new Error(`a request for ${key} was given to ${identity}, which has retired`);
    if (!this.#versions.mayHave(thread.epoch, key, (member) => isStateOf(member, identity)))
      throw new Error(`a request for ${key} was sent to ${identity}, which has left it`);
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
