import { setTimeout as delay } from 'node:timers/promises';
import type { Codec, Rejection } from './codec.ts';
import type { Collector, Reply } from './collector.ts';
import { backOff } from './verdict.ts';

/** What has become of one request with all its repetitions. */
export type Delivered =
  /** `rejection`: of what the collector has not taken all the same. */
  | { readonly kind: 'exported'; readonly rejection: Rejection | null }
  | { readonly kind: 'refused'; readonly reason: string }
  /** `pause`: milliseconds for which the collector wants to hear no more; 0: it has not said. */
  | { readonly kind: 'given-up'; readonly reason: string; readonly pause: number };

export interface DeliveryOptions<Item> {
  readonly collector: Pick<Collector, 'post'>;
  readonly codec: Codec<Item>;
  /** Of a request with all its repetitions, milliseconds. */
  readonly limit: number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly chance: () => number;
  /** Resolves in that time, or when it is told to hurry. Milliseconds. */
  readonly wait?: (pause: number, hurry: AbortSignal) => Promise<void>;
}

/** Posts to a collector until it has taken it, refuses it, or the time is over. */
export class Delivery<Item> {
  readonly #options: DeliveryOptions<Item>;
  readonly #wait: NonNullable<DeliveryOptions<Item>['wait']>;
  /** Nobody waits any more. */
  readonly #hurry = new AbortController();
  /** What is under way is cut. */
  readonly #end = new AbortController();

  constructor(options: DeliveryOptions<Item>) {
    this.#options = options;
    this.#wait = options.wait ?? waitFor;
  }

  async deliver(items: readonly Item[]): Promise<Delivered> {
    const { codec, clock, chance, limit } = this.#options;
    const bytes = codec.encode(items);
    const until = clock() + limit;
    for (let failures = 1; ; failures++) {
      const { verdict, body } = await this.#post(bytes, until);
      if (verdict.kind === 'refused') return verdict;
      if (verdict.kind === 'taken') return { kind: 'exported', rejection: codec.rejection(body) };
      const { reason, pause } = verdict;
      const rest = pause ?? backOff(failures, chance());
      if (this.#hurry.signal.aborted || clock() + rest >= until) {
        return { kind: 'given-up', reason, pause: pause ?? 0 };
      }
      await this.#wait(rest, this.#hurry.signal);
    }
  }

  /** Resolves in that time, or when it is told to hurry. Milliseconds. */
  wait(pause: number): Promise<void> {
    return this.#wait(pause, this.#hurry.signal);
  }

  get hurries(): boolean {
    return this.#hurry.signal.aborted;
  }

  /** From now on each request is tried once, and nobody waits. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Cuts what is under way; what comes later fails at once. */
  end(): void {
    this.#hurry.abort();
    this.#end.abort();
  }

  #post(bytes: Uint8Array, until: number): Promise<Reply> {
    const { codec, collector, clock } = this.#options;
    return collector.post(bytes, codec.contentType, until - clock(), this.#end.signal);
  }
}

async function waitFor(pause: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(pause, undefined, { signal });
  } catch {
    // There is no time to wait.
  }
}
