import type { KvWatchEntry } from '@nats-io/kv';
import type { QueuedIterator } from '@nats-io/transport-node';
import { contain, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { BucketInfo } from './bucket.ts';
import { type BucketEntry, readBucketEntry } from './bucket-entry.ts';

export interface BucketWatchOptions {
  /** Stopped by the watch. */
  readonly entries: QueuedIterator<KvWatchEntry>;
  /** See `BucketInfo`. */
  readonly created: string;
  /** The revision up to which all is known already. */
  readonly seen: number;
  onEntry(entry: BucketEntry): void;
}

interface Waiter {
  readonly revision: number;
  readonly done: () => void;
}

/** What happens in one bucket, from one revision on. */
export class BucketWatch {
  readonly #options: BucketWatchOptions;
  readonly #waiters = new Set<Waiter>();
  #seen: number;
  /** What had been seen at the last look, if more should have been by then. */
  #behindAt: number | null = null;
  #state: 'live' | 'ended' = 'live';

  constructor(options: BucketWatchOptions) {
    this.#options = options;
    this.#seen = options.seen;
    inBackground(ONE_ROUND, this.#run());
  }

  /** The last revision that was seen. */
  get seen(): number {
    return this.#seen;
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  /** Whether it goes on in this bucket; one that has been made anew, or put back to what it was, is another. */
  isOf({ created, last }: BucketInfo): boolean {
    return created === this.#options.created && last >= this.#seen;
  }

  /** Whether nothing has come for two looks although there was something. */
  isStuck({ last }: BucketInfo): boolean {
    const wasBehindAt = this.#behindAt;
    this.#behindAt = this.isLive && last > this.#seen ? this.#seen : null;
    return this.#behindAt !== null && this.#behindAt === wasBehindAt;
  }

  /** Resolves when this revision has been seen, or after so many milliseconds. */
  async until(revision: number, timeout: number): Promise<void> {
    if (this.#seen >= revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { revision, done: resolve };
    this.#waiters.add(waiter);
    const timer = after(timeout, ONE_ROUND, resolve);
    await promise;
    clearTimeout(timer);
    this.#waiters.delete(waiter);
  }

  stop(): void {
    this.#state = 'ended';
    this.#options.entries.stop();
  }

  async #run(): Promise<void> {
    for await (const entry of this.#options.entries) {
      if (this.#state === 'ended') break;
      contain(ONE_MESSAGE, () => this.#options.onEntry(readBucketEntry(entry)));
      this.#seen = Math.max(this.#seen, entry.revision);
      for (const { revision, done } of this.#waiters) if (revision <= this.#seen) done();
    }
    this.#state = 'ended';
  }
}
