import { ONE_ROUND } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import type { RouteChange } from '../../routing/change.ts';
import { BatchWriter, type RouteBatch } from '../../routing/route-batch.ts';
import type { DigestValue } from '../../routing/table-digest.ts';

/** Changes of a snapshot that are made in one turn of the loop: a millisecond or two. */
const PIECE = 4000;
const ALL = Number.POSITIVE_INFINITY;

export interface RouteFeedOptions {
  /** The number of the next batch. */
  nextEpoch(): number;
  /** Of the table as it is. */
  digest(): DigestValue;
  /** The whole table, in pieces of about so many changes, pools in the order of their rows. */
  snapshot(piece: number): Iterator<readonly RouteChange[], readonly RouteChange[]>;
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

  /** Resolves when all there is has been delivered, or the follower has left. */
  follow(deliver: Deliver): Promise<void> {
    const follower = { deliver, writer: new BatchWriter(), upTo: -1, isWhole: false };
    this.#followers.set(deliver, follower);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tellPiece(follower, this.#options.snapshot(PIECE), resolve);
    return promise;
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

  #tellPiece(follower: Follower, pieces: ReturnType<RouteFeedOptions['snapshot']>, done: () => void): void {
    if (this.#followers.get(follower.deliver) !== follower) {
      done();
      return;
    }
    const piece = pieces.next();
    tell(follower, piece.value);
    if (!piece.done) {
      this.#flushAfterThisTurn();
      this.#later(() => this.#tellPiece(follower, pieces, done));
      return;
    }
    follower.isWhole = follower.upTo >= 0;
    this.flush();
    follower.upTo = ALL;
    done();
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

function tell(follower: Follower, changes: readonly RouteChange[]): void {
  for (const change of changes) {
    follower.writer.add(change);
    follower.upTo = change.pool.row;
  }
}
