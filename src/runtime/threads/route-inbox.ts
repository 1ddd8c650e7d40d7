import { type BatchPlace, type Replica, startOf } from '../../routing/replica.ts';
import type { RouteBatch } from '../../routing/route-batch.ts';

/** Changes applied in one turn of the loop: about a millisecond, so that no request feels a storm of them. */
const PIECE = 1000;

/** Applies route changes to a thread's replica in their order, some per turn of the loop. */
export class RouteInbox {
  readonly #replica: Pick<Replica, 'apply'>;
  readonly #onApplied: (epoch: number) => void;
  readonly #batches: BatchPlace[] = [];
  #waiting: (() => void)[] = [];

  /** @param onApplied told of each batch when it is done with */
  constructor(replica: Pick<Replica, 'apply'>, onApplied: (epoch: number) => void) {
    this.#replica = replica;
    this.#onApplied = onApplied;
  }

  put(batch: RouteBatch): void {
    if (this.#batches.push(startOf(batch)) === 1) this.#work();
  }

  /** Resolves when everything put up to now has been applied. */
  settled(): Promise<void> {
    if (this.#batches.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #work(): void {
    const [first] = this.#batches;
    if (first === undefined) return;
    if (this.#replica.apply(first, PIECE)) {
      this.#batches.shift();
      this.#onApplied(first.batch.epoch);
    }
    if (this.#batches.length > 0) setImmediate(() => this.#work());
    else for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
