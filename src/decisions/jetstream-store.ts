import { randomUUID } from 'node:crypto';
import { BUCKET, Bucket } from './bucket.ts';
import type { BucketEntry } from './bucket-entry.ts';
import { BucketFollower, type BucketFollowerOptions, NATS_AWAY } from './bucket-follower.ts';
import { seed } from './carry-over.ts';
import { type Decision, isDecision, type JsonObject } from './decision.ts';
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
import { isRefused, putRequest, removeRequest, type WriteRequest } from './write-request.ts';

export interface JetStreamStoreOptions extends Omit<BucketFollowerOptions, 'bucket'> {
  /** Of the bucket, if it is made here; it begins with what is known then. */
  readonly replicas: number;
}

const AWAY: Away = { outcome: 'away', why: NATS_AWAY };
const WITHOUT_JETSTREAM: Refused = {
  outcome: 'refused',
  why: 'this NATS does not have JetStream: turn it on (`jetstream {}` in nats-server.conf), or name one that has it in cellgate.decisions.hosts',
};
const CLOSED: Away = { outcome: 'away', why: 'the store is closed' };

/** The decisions of many routers, in a bucket of NATS JetStream that is made with the first of them. */
export class JetStreamStore implements DecisionStore {
  readonly #options: JetStreamStoreOptions;
  readonly #bucket: Bucket;
  readonly #follower: BucketFollower;
  #closed = false;

  constructor(options: JetStreamStoreOptions) {
    const { bus, replicas } = options;
    this.#options = options;
    this.#bucket = new Bucket({ connection: bus.connection, replicas });
    this.#follower = new BucketFollower({ ...options, bucket: this.#bucket });
  }

  get state(): StoreState {
    return this.#follower.state;
  }

  /** Resolves after the first look at the bucket, whatever that has come to. */
  open(): Promise<void> {
    return this.#follower.open();
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
    if (this.#options.bus.state !== 'connected') return AWAY;
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

  close(): Promise<void> {
    this.#closed = true;
    return this.#follower.close();
  }

  async #write(request: WriteRequest | Refused): Promise<WriteOutcome> {
    if (isRefused(request)) return request;
    const { bus, now } = this.#options;
    if (this.#closed) return CLOSED;
    if (bus.state !== 'connected') return AWAY;
    const { key, value, by, expected } = request;
    const id = randomUUID();
    try {
      if (!this.#follower.isLive) await this.#prepare();
      const revision = await this.#bucket.write(key, { value, at: now(), by, id }, expected);
      await this.#follower.tell(revision);
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
        this.#follower.lookSoon();
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
}

/** What whoever was too late has to know. */
function standing(last: BucketEntry | null): { current: Decision | null; revision: number } {
  if (last === null) return { current: null, revision: 0 };
  const { decoded, revision } = last;
  if (!decoded.ok) return { current: null, revision };
  return isDecision(decoded.value) ? { current: decoded.value, revision } : { current: null, revision: 0 };
}
