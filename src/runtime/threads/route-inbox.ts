import { contain } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import { type BatchPlace, type Replica, startOf } from '../../routing/replica.ts';
import type { RouteBatch } from '../../routing/route-batch.ts';

/** Changes applied in one turn of the loop: about a millisecond, so that no request feels a storm of them. */
const PIECE = 1000;

export interface RouteInboxEvents {
  /** A batch is done with, and nothing of the table before it is left. Never again once the table differs. */
  onApplied(epoch: number): void;
  /** The table is not the control thread's after this batch. Once. */
  onDiffers(epoch: number): void;
  /** Runs a step in the next turn; default: of the loop. */
  readonly later?: (step: () => void) => void;
}

/** Applies route changes to a thread's replica in their order, some per turn of the loop. */
export class RouteInbox implements Owner {
  readonly kind = 'part';
  readonly #replica: Pick<Replica, 'apply' | 'digest'>;
  readonly #events: RouteInboxEvents;
  readonly #later: (step: () => void) => void;
  readonly #piece: number;
  readonly #batches: BatchPlace[] = [];
  #waiting: (() => void)[] = [];
  /** `differs` still serves and still follows, as well as it can; `lost` has stopped in the middle of a change. */
  #state: 'following' | 'differs' | 'lost' = 'following';

  /** @param piece changes applied in one turn */
  constructor(replica: Pick<Replica, 'apply' | 'digest'>, events: RouteInboxEvents, piece = PIECE) {
    this.#piece = piece;
    this.#replica = replica;
    this.#events = events;
    this.#later = events.later ?? ((step) => void soon(this, step));
  }

  put(batch: RouteBatch): void {
    if (this.#state === 'lost') return;
    if (this.#batches.push(startOf(batch)) === 1) contain(this, () => this.#work());
  }

  /** Resolves when everything put up to now has been applied; never with a table that is another. */
  settled(): Promise<void> {
    if (this.#batches.length === 0 && this.#state === 'following') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A change that cannot be applied: whatever the table is now, it is not the control thread's. */
  panic(): void {
    const [first] = this.#batches.splice(0);
    const before = this.#state;
    this.#state = 'lost';
    if (before === 'following') this.#events.onDiffers(first?.batch.epoch ?? 0);
  }

  #work(): void {
    const [first] = this.#batches;
    if (first === undefined) return;
    if (this.#replica.apply(first, this.#piece)) {
      this.#batches.shift();
      this.#onDone(first.batch);
    }
    if (this.#batches.length > 0) this.#later(() => contain(this, () => this.#work()));
    else if (this.#state === 'following') for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #onDone({ epoch, digest }: RouteBatch): void {
    if (this.#state !== 'following') return;
    if (digest === null || this.#replica.digest.is(digest)) this.#events.onApplied(epoch);
    else {
      this.#state = 'differs';
      this.#events.onDiffers(epoch);
    }
  }
}
