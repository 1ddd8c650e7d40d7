import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { type KV, Kvm, type KvWatchEntry } from '@nats-io/kv';
import { headers, type NatsConnection, type QueuedIterator } from '@nats-io/transport-node';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { type BucketEntry, type EntryBody, readBucketEntry } from './bucket-entry.ts';
import { HISTORY, MAX_VALUE } from './decision.ts';
import { isBucketAbsent } from './jetstream-fault.ts';

export interface BucketInfo {
  /** When it was made; another time is another bucket. */
  readonly created: string;
  /** The last revision that was given to anything; 0: nothing was ever decided. */
  readonly last: number;
  /** Entries that it holds. */
  readonly entries: number;
}

export interface BucketOptions {
  readonly connection: NatsConnection;
  /** For when it is made here. */
  readonly replicas: number;
}

export const BUCKET = 'cellgate';
const STREAM = `KV_${BUCKET}`;
/** Of a value, and of what stands around it. Bytes. */
const MAX_ENTRY = MAX_VALUE + 16 * 1024;
const AGING = `the bucket ${BUCKET} has a max_age, after which decisions would be lost: it must have none`;
/** For one answer of JetStream. Milliseconds. */
export const ANSWER_TIMEOUT = 2000;
/** For all that a bucket holds. Milliseconds. */
const READ_TIMEOUT = 10_000;

/** The bucket of decisions, whether it is there or not. Methods reject with the library's errors. */
export class Bucket {
  readonly #client: JetStreamClient;
  readonly #replicas: number;

  constructor({ connection, replicas }: BucketOptions) {
    this.#client = jetstream(connection, { timeout: ANSWER_TIMEOUT });
    this.#replicas = replicas;
  }

  /** Null: there is no bucket. */
  async info(): Promise<BucketInfo | null> {
    try {
      const manager = await this.#client.jetstreamManager(false);
      const { created, state, config } = await manager.streams.info(STREAM);
      if (config.max_age > 0) throw new Error(AGING);
      return { created, last: state.last_seq, entries: state.messages };
    } catch (error) {
      if (isBucketAbsent(error)) return null;
      throw error;
    }
  }

  /** One that is there already is left as it is. */
  async make(): Promise<void> {
    const options = {
      description: 'what operators of Cellgate have decided',
      history: HISTORY,
      replicas: this.#replicas,
      maxValueSize: MAX_ENTRY,
      // Answers of a replica that is behind would be no base for a decision.
      allow_direct: false,
    };
    try {
      await new Kvm(this.#client).create(BUCKET, options);
    } catch (error) {
      // Of two that make it at once one may be told that its subjects are another's: those of the same bucket.
      if ((await this.info()) === null) throw error;
    }
  }

  /** Answers the revision. @param expected 0: the key must have no decision */
  async write(key: string, body: EntryBody, expected: number): Promise<number> {
    const text = JSON.stringify(body);
    if (body.value === null) {
      const operation = headers();
      operation.set('KV-Operation', 'DEL');
      const expect = { lastSubjectSequence: expected };
      const { seq } = await this.#client.publish(`$KV.${BUCKET}.${key}`, text, {
        headers: operation,
        expect,
      });
      return seq;
    }
    const view = await this.#open();
    return expected === 0 ? view.create(key, text) : view.update(key, text, expected);
  }

  /** The last entry of a key; null: it never had one. */
  async last(key: string): Promise<BucketEntry | null> {
    const entry = await (await this.#open()).get(key);
    return entry === null ? null : readBucketEntry(entry);
  }

  /** The last entry of every key. */
  async latest(info: BucketInfo): Promise<BucketEntry[]> {
    if (info.entries === 0) return [];
    const entries = await (await this.#open()).watch({ key: '>' });
    return readAll(entries as QueuedIterator<KvWatchEntry>, (entry) => entry.delta === 0);
  }

  /** Oldest first. */
  async history(key: string): Promise<BucketEntry[]> {
    const entries = await (await this.#open()).history({ key });
    return readAll(entries as QueuedIterator<KvWatchEntry>, () => false);
  }

  /** Every entry from this revision on, without end; whoever asks for them stops them. */
  async from(revision: number): Promise<QueuedIterator<KvWatchEntry>> {
    const view = await this.#open();
    const entries = await view.watch({ key: '>', resumeFromRevision: revision });
    return entries as QueuedIterator<KvWatchEntry>;
  }

  /** Asks nothing of the server, and does not care whether there is a bucket. */
  #open(): Promise<KV> {
    return new Kvm(this.#client).open(BUCKET, { allow_direct: false });
  }
}

async function readAll(
  entries: QueuedIterator<KvWatchEntry>,
  isLast: (entry: KvWatchEntry) => boolean,
): Promise<BucketEntry[]> {
  const found: BucketEntry[] = [];
  let isLate = false;
  const timer = after(READ_TIMEOUT, ONE_ROUND, () => {
    isLate = true;
    entries.stop();
  });
  try {
    for await (const entry of entries) {
      found.push(readBucketEntry(entry));
      if (isLast(entry)) break;
    }
  } finally {
    clearTimeout(timer);
    entries.stop();
  }
  if (isLate) throw new Error(`the bucket ${BUCKET} could not be read within ${READ_TIMEOUT} ms`);
  return found;
}
