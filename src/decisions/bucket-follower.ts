import type { Subscription } from '@nats-io/transport-node';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import { flushWithin } from '../bus/flush-within.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { BUCKET, type Bucket, type BucketInfo } from './bucket.ts';
import type { BucketEntry } from './bucket-entry.ts';
import { BucketWatch } from './bucket-watch.ts';
import type { DecisionEntry } from './decision.ts';
import type { StoreState } from './decision-store.ts';
import { faultOutcome } from './jetstream-fault.ts';
import type { LatestDecisions } from './latest-decisions.ts';
import type { StoreBus } from './store-bus.ts';

export interface BucketFollowerOptions {
  readonly bucket: Bucket;
  readonly bus: StoreBus;
  /** What it holds stays until the bucket has been read, and where the bucket is gone. */
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
export const NATS_AWAY = 'NATS is away';

/** Keeps what is known the same as the bucket, however often that, or the way there, is lost and made anew. */
export class BucketFollower {
  readonly #options: BucketFollowerOptions;
  #state: StoreState;
  /** Null: there is no bucket, or it has not been read. */
  #watch: BucketWatch | null = null;
  #looking: Promise<void> | null = null;
  #looksAgain = false;
  #reconnections = 0;
  #notices: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: BucketFollowerOptions) {
    this.#options = options;
    const why = `the bucket ${BUCKET} has not been looked for yet`;
    this.#state = { name: 'away', since: options.now(), why };
  }

  get state(): StoreState {
    if (this.#options.bus.state !== 'connected') this.#leave(NATS_AWAY);
    return this.#state;
  }

  /** Whether every step in the bucket arrives here. */
  get isLive(): boolean {
    return this.#watch?.isLive ?? false;
  }

  /** Resolves after the first look at the bucket, whatever that has come to. */
  async open(): Promise<void> {
    const { bus, interval = INTERVAL_MS } = this.#options;
    const onNotice = guarded(ONE_MESSAGE, () => {
      if (!this.isLive) this.lookSoon();
    });
    this.#notices = bus.connection.subscribe(DECIDED, { callback: onNotice });
    bus.onReconnect(() => {
      this.#reconnections++;
      // The server may have forgotten whom it was to tell.
      this.#watch?.stop();
      this.lookSoon();
    });
    this.#timer = every(interval, ONE_ROUND, () => this.lookSoon());
    await this.#look();
  }

  lookSoon(): void {
    if (!this.#closed) inBackground(ONE_ROUND, this.#look());
  }

  /** Tells others of a step that was taken here; resolves when it has come back, or after a second. */
  async tell(revision: number): Promise<void> {
    this.#options.bus.publish(DECIDED, NOTHING);
    if (!this.isLive) await this.#look();
    await this.#watch?.until(revision, OWN_TIMEOUT);
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
    const { bus, bucket } = this.#options;
    if (bus.state !== 'connected') return this.#leave(NATS_AWAY);
    const info = await bucket.info();
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
    const entries = await this.#options.bucket.latest(info);
    if (this.#closed) return;
    const unread = new Set<string>();
    const read: DecisionEntry[] = [];
    let seen = info.last;
    for (const entry of entries) {
      seen = Math.max(seen, entry.revision);
      if (entry.decoded.ok) read.push(entry.decoded.value);
      else {
        unread.add(entry.key);
        this.#reject(entry, entry.decoded.error);
      }
    }
    this.#options.latest.replace(read, unread);
    await this.#follow(info, seen);
  }

  /** Everything after `seen`, also what was missed. */
  async #follow(info: BucketInfo, seen: number): Promise<void> {
    const connection = this.#reconnections;
    const entries = await this.#options.bucket.from(seen + 1);
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
    else this.#reject(entry, entry.decoded.error);
    if (entry.revision >= atStart.last) this.#arrive();
  }

  #reject({ key, revision }: BucketEntry, error: string): void {
    this.#options.log.warn('decision-rejected', { key, revision, error });
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
