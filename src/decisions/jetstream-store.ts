import { randomUUID } from 'node:crypto';
import type { Subscription } from '@nats-io/transport-node';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import { flushWithin } from '../bus/flush-within.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { BUCKET, Bucket, type BucketInfo } from './bucket.ts';
import type { BucketEntry } from './bucket-entry.ts';
import { BucketWatch } from './bucket-watch.ts';
import { seed } from './carry-over.ts';
import { type Decision, type DecisionEntry, isDecision, type JsonObject } from './decision.ts';
import { keyFault } from './decision-key.ts';
import type {
  Away,
  DecisionListener,
  DecisionStore,
  HistoryOutcome,
  Refused,
  StoreState,
  WriteOutcome,
} from './decision-store.ts';
import { faultOutcome, isConflict, isUnanswered } from './jetstream-fault.ts';
import type { LatestDecisions } from './latest-decisions.ts';
import type { StoreBus } from './store-bus.ts';
import { isRefused, putRequest, removeRequest, type WriteRequest } from './write-request.ts';

export interface JetStreamStoreOptions {
  readonly bus: StoreBus;
  /** Of the bucket, if it is made here. */
  readonly replicas: number;
  /** What it holds stays until the bucket has been read, and where the bucket is gone it is what a new one begins with. */
  readonly latest: LatestDecisions;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds between two looks at the bucket; default 2000. */
  readonly interval?: number;
}

/** Said after every decision, for those that do not know yet that there is a bucket. */
const DECIDED = 'cellgate.v1.decided';
const INTERVAL_MS = 2000;
/** How long a writer waits until it sees its own decision come back. Milliseconds. */
const OWN_TIMEOUT = 1000;
/** For the last that goes to the server. Milliseconds. */
const FAREWELL = 500;
const NOTHING = new Uint8Array();
const NATS_AWAY: Away = { outcome: 'away', why: 'NATS is away' };
const WITHOUT_JETSTREAM: Refused = {
  outcome: 'refused',
  why: 'this NATS does not have JetStream: turn it on (`jetstream {}` in nats-server.conf), or name one that has it in cellgate.decisions.hosts',
};
const CLOSED: Away = { outcome: 'away', why: 'the store is closed' };

/** The decisions of many routers, in a bucket of NATS JetStream that is made with the first of them. */
export class JetStreamStore implements DecisionStore {
  readonly #options: JetStreamStoreOptions;
  readonly #bucket: Bucket;
  #state: StoreState;
  /** Null: there is no bucket, or it has not been read. */
  #watch: BucketWatch | null = null;
  #looking: Promise<void> | null = null;
  #looksAgain = false;
  #reconnections = 0;
  #notices: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: JetStreamStoreOptions) {
    const { bus, replicas, now } = options;
    this.#options = options;
    this.#bucket = new Bucket({ connection: bus.connection, replicas });
    this.#state = { name: 'away', since: now(), why: `the bucket ${BUCKET} has not been looked for yet` };
  }

  get state(): StoreState {
    if (this.#options.bus.state !== 'connected') this.#leave(NATS_AWAY.why);
    return this.#state;
  }

  /** Resolves after the first look at the bucket, whatever that has come to. */
  async open(): Promise<void> {
    const { bus, interval = INTERVAL_MS } = this.#options;
    const onNotice = guarded(ONE_MESSAGE, () => {
      if (!this.#watch?.isLive) this.#lookSoon();
    });
    this.#notices = bus.connection.subscribe(DECIDED, { callback: onNotice });
    bus.onReconnect(() => {
      this.#reconnections++;
      // The server may have forgotten whom it was to tell.
      this.#watch?.stop();
      this.#lookSoon();
    });
    this.#timer = every(interval, ONE_ROUND, () => this.#lookSoon());
    await this.#look();
  }

  current(): readonly Decision[] {
    return this.#options.latest.all();
  }

  put(key: string, value: JsonObject, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write(putRequest(this.#options.latest, key, value, by, expected));
  }

  remove(key: string, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write(removeRequest(key, by, expected));
  }

  async history(key: string): Promise<HistoryOutcome> {
    // A wildcard would be the history of others too.
    if (keyFault(key) !== null) return { outcome: 'ok', entries: [] };
    if (this.#options.bus.state !== 'connected') return NATS_AWAY;
    try {
      if ((await this.#bucket.info()) === null) return { outcome: 'ok', entries: [] };
      const entries = await this.#bucket.history(key);
      return {
        outcome: 'ok',
        entries: entries.flatMap(({ decoded }) => (decoded.ok ? [decoded.value] : [])),
      };
    } catch (error) {
      return { ...faultOutcome(error), outcome: 'away' };
    }
  }

  watch(listener: DecisionListener): () => void {
    return this.#options.latest.watch(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#watch?.stop();
    const { bus } = this.#options;
    if (!bus.connection.isClosed()) this.#notices?.unsubscribe();
    await this.#looking;
    // The library ends its subscriptions a little later; whoever closes the connection next must not be faster.
    if (bus.state === 'connected') await flushWithin(bus, FAREWELL);
  }

  async #write(request: WriteRequest | Refused): Promise<WriteOutcome> {
    if (isRefused(request)) return request;
    const { bus, now } = this.#options;
    if (this.#closed) return CLOSED;
    if (bus.state !== 'connected') return NATS_AWAY;
    const { key, value, by, expected } = request;
    const id = randomUUID();
    try {
      if (!this.#watch?.isLive) await this.#prepare();
      const revision = await this.#bucket.write(key, { value, at: now(), by, id }, expected);
      bus.publish(DECIDED, NOTHING);
      await this.#seen(revision);
      return { outcome: 'ok', revision };
    } catch (error) {
      return this.#afterFault(error, key, id);
    }
  }

  /** The bucket is made with the first decision, and where it was lost, with those that are remembered. */
  async #prepare(): Promise<void> {
    const info = await this.#bucket.info();
    if (info !== null && info.last > 0) return;
    if (info === null) await this.#bucket.make();
    await seed(this.#bucket, this.current());
  }

  async #afterFault(error: unknown, key: string, id: string): Promise<WriteOutcome> {
    const fault = faultOutcome(error);
    try {
      if (isUnanswered(error)) {
        // What has no bucket under it is not answered either; without JetStream nor is this.
        const info = await this.#bucket.info();
        this.#lookSoon();
        return {
          outcome: 'away',
          why: `the bucket ${BUCKET} ${info === null ? 'is gone' : 'does not answer'}`,
        };
      }
      if (fault.outcome === 'refused' && !isConflict(error)) return fault;
      // The answer may have been lost of a write that was done: then its id stands there.
      const last = await this.#bucket.last(key);
      if (last?.id === id) return { outcome: 'ok', revision: last.revision };
      return isConflict(error) ? { outcome: 'conflict', ...standing(last) } : fault;
    } catch (second) {
      if (isUnanswered(second)) return WITHOUT_JETSTREAM;
      const why = `JetStream: ${(error as Error).message}; it is not known whether the decision was taken`;
      return { outcome: 'away', why };
    }
  }

  async #seen(revision: number): Promise<void> {
    if (!this.#watch?.isLive) await this.#look();
    await this.#watch?.until(revision, OWN_TIMEOUT);
  }

  #lookSoon(): void {
    if (!this.#closed) inBackground(ONE_ROUND, this.#look());
  }

  /** One look at a time; who asks for one meanwhile gets another after it. */
  async #look(): Promise<void> {
    this.#looksAgain = true;
    this.#looking ??= this.#lookUntilDone();
    await this.#looking;
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#looksAgain && !this.#closed) {
      this.#looksAgain = false;
      try {
        await this.#lookOnce();
      } catch (error) {
        this.#leave(faultOutcome(error).why);
      }
    }
    this.#looking = null;
  }

  async #lookOnce(): Promise<void> {
    if (this.#options.bus.state !== 'connected') return this.#leave(NATS_AWAY.why);
    const info = await this.#bucket.info();
    if (this.#closed) return;
    if (info === null || info.last === 0) return this.#withoutBucket();
    const watch = this.#watch;
    if (watch === null || !watch.isOf(info) || watch.isStuck(info)) await this.#load(info);
    else if (!watch.isLive) await this.#follow(info, watch.seen);
    else if (watch.seen >= info.last) this.#arrive();
  }

  /** Before the first decision, or when somebody has taken the bucket away: then the last decisions hold. */
  #withoutBucket(): void {
    this.#watch?.stop();
    this.#watch = null;
    if (this.#options.latest.size === 0) this.#arrive();
    else this.#leave(`the bucket ${BUCKET} is gone`);
  }

  async #load(info: BucketInfo): Promise<void> {
    this.#watch?.stop();
    this.#watch = null;
    const entries = await this.#bucket.latest(info);
    if (this.#closed) return;
    const unread = new Set<string>();
    const read: DecisionEntry[] = [];
    let seen = info.last;
    for (const entry of entries) {
      seen = Math.max(seen, entry.revision);
      if (entry.decoded.ok) read.push(entry.decoded.value);
      else {
        unread.add(entry.key);
        this.#reject(entry);
      }
    }
    this.#options.latest.replace(read, unread);
    await this.#follow(info, seen);
  }

  /** Everything after `seen`, also what was missed. */
  async #follow(info: BucketInfo, seen: number): Promise<void> {
    const connection = this.#reconnections;
    const entries = await this.#bucket.from(seen + 1);
    // Asked for on a connection that is no more, they may never come; the look after this one asks again.
    if (this.#closed || connection !== this.#reconnections) return entries.stop();
    this.#watch = new BucketWatch({
      entries,
      created: info.created,
      seen,
      onEntry: (entry) => this.#take(entry, info),
    });
    if (seen >= info.last) this.#arrive();
  }

  #take(entry: BucketEntry, atStart: BucketInfo): void {
    if (entry.decoded.ok) this.#options.latest.apply(entry.decoded.value);
    else this.#reject(entry);
    if (entry.revision >= atStart.last) this.#arrive();
  }

  #reject({ key, revision, decoded }: BucketEntry): void {
    if (decoded.ok) return;
    this.#options.log.warn('decision-rejected', { key, revision, error: decoded.error });
  }

  #arrive(): void {
    const { bus, log, now } = this.#options;
    if (this.#state.name === 'reachable' || bus.state !== 'connected') return;
    log.info('decision-store-reachable', { store: 'jetstream', 'away-ms': now() - this.#state.since });
    this.#state = { name: 'reachable' };
  }

  #leave(why: string): void {
    const { log, now } = this.#options;
    const before = this.#state;
    if (this.#closed || (before.name === 'away' && before.why === why)) return;
    log.warn('decision-store-away', { store: 'jetstream', error: why });
    this.#state = { name: 'away', since: before.name === 'away' ? before.since : now(), why };
  }
}

/** What whoever was too late has to know. */
function standing(last: BucketEntry | null): { current: Decision | null; revision: number } {
  if (last === null) return { current: null, revision: 0 };
  const { decoded, revision } = last;
  if (!decoded.ok) return { current: null, revision };
  return isDecision(decoded.value) ? { current: decoded.value, revision } : { current: null, revision: 0 };
}
