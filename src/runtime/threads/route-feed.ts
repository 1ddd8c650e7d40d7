import { ONE_ROUND } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import type { RouteChange } from '../../routing/change.ts';
import { BatchWriter, type RouteBatch } from '../../routing/route-batch.ts';
import type { DigestValue } from '../../routing/table-digest.ts';

/** Changes of a snapshot that are made in one turn of the loop: a millisecond or two. */
const PIECE = 4000;
const ALL = Number.POSITIVE_INFINITY;

type Pieces = Iterator<readonly RouteChange[], readonly RouteChange[]>;

export interface RouteFeedOptions {
  /** The number of the next batch. */
  nextEpoch(): number;
  /** Of the table as it is. */
  digest(): DigestValue;
  /** The whole table, in pieces of about so many changes, pools in the order of their rows. */
  snapshot(piece: number): Pieces;
  /** Runs a step in the next turn; default: of the loop. */
  readonly later?: (step: () => void) => void;
}

/** Somebody who follows the table. */
export type Deliver = (batch: RouteBatch) => void;

interface Follower {
  readonly deliver: Deliver;
  readonly writer: BatchWriter;
  /** Of the pools in later rows nothing has been told yet. */
  upTo: number;
  /** Its next batch is the last of the snapshot: after that its table can be compared. */
  isWhole: boolean;
}

/**
 * Gathers the registry's changes of one turn of the loop and passes them on together, in their order. Who comes later
 * first gets the table as it is, in one piece per turn, and between the pieces what has changed in those before.
 */
export class RouteFeed {
  readonly #options: RouteFeedOptions;
  readonly #later: (step: () => void) => void;
  readonly #followers = new Map<Deliver, Follower>();
  /** For all that have been told everything. */
  readonly #writer = new BatchWriter();
  #state: 'waiting' | 'due' = 'waiting';

  constructor(options: RouteFeedOptions) {
    this.#options = options;
    this.#later = options.later ?? ((step) => void soon(ONE_ROUND, step));
  }

  /** Resolves when all there is has been delivered, or the follower has left; rejects when it cannot be. */
  follow(deliver: Deliver): Promise<void> {
    const follower = { deliver, writer: new BatchWriter(), upTo: -1, isWhole: false };
    this.#followers.set(deliver, follower);
    const whole = Promise.withResolvers<void>();
    this.#tellPiece(follower, this.#options.snapshot(PIECE), whole);
    return whole.promise;
  }

  leave(deliver: Deliver): void {
    this.#followers.delete(deliver);
  }

  add(change: RouteChange): void {
    this.#writer.add(change);
    for (const { upTo, writer } of this.#followers.values()) {
      if (upTo !== ALL && change.pool.row <= upTo) writer.add(change);
    }
    this.#flushAfterThisTurn();
  }

  flush(): void {
    const { isEmpty } = this.#writer;
    const followers = [...this.#followers.values()];
    const late = followers.filter(
      ({ upTo, writer, isWhole }) => upTo !== ALL && (isWhole || !writer.isEmpty),
    );
    if (isEmpty && late.length === 0) return;
    const epoch = this.#options.nextEpoch();
    const digest = this.#options.digest();
    const batch = this.#writer.take(epoch, digest);
    for (const { deliver, upTo } of followers) if (upTo === ALL && !isEmpty) deliver(batch);
    for (const { deliver, writer, isWhole } of late) deliver(writer.take(epoch, isWhole ? digest : null));
  }

  #tellPiece(follower: Follower, pieces: Pieces, whole: PromiseWithResolvers<void>): void {
    try {
      if (this.#followers.get(follower.deliver) !== follower || this.#tell(follower, pieces.next())) {
        whole.resolve();
        return;
      }
    } catch (error) {
      // Somebody waits for it: the follower is to be given up, not to be waited for.
      this.leave(follower.deliver);
      whole.reject(error);
      return;
    }
    this.#later(() => this.#tellPiece(follower, pieces, whole));
  }

  /** Answers whether that was all. */
  #tell(follower: Follower, { value, done }: ReturnType<Pieces['next']>): boolean {
    for (const change of value) {
      follower.writer.add(change);
      follower.upTo = change.pool.row;
    }
    if (!done) {
      this.#flushAfterThisTurn();
      return false;
    }
    follower.isWhole = follower.upTo >= 0;
    this.flush();
    follower.upTo = ALL;
    return true;
  }

  #flushAfterThisTurn(): void {
    if (this.#state === 'due') return;
    this.#state = 'due';
    this.#later(() => {
      this.#state = 'waiting';
      this.flush();
    });
  }
}
