import type { Unreadable } from './checked-text.ts';

/** JSON of one endpoint of one route, in the words of a `router.register` message. */
export type Said = Readonly<Record<string, unknown>>;

/**
 * A table whose endpoints are kept on disk. `E`: one endpoint of one route, as long as it is there the same object.
 * The table may change at any time between two calls.
 */
export interface TableSource<E> {
  /** Tells its lines from those of other tables, `http` or `tcp`: letters, digits and `-`. */
  readonly kind: string;
  /** Its entries are no endpoints, but what else is to be known beside them. */
  readonly isAside?: boolean;
  /** Walked over bit by bit, in many turns of the loop: to begin the walk, and each step, must cost next to nothing. */
  entries(): Iterable<E>;
  /**
   * What JSON makes of it comes back as it was; or that JSON, without a space or a line feed around or within it. Null: it
   * is more than a line has room for.
   */
  describe(entry: E): object | string | null;
  /** The same for another process of this version alone, where that is shorter; default: `describe`. */
  pack?(entry: E): string | null;
  /** Unix milliseconds of when it was last announced; `null`: it is gone. */
  announcedAt(entry: E): number | null;
  /**
   * What is restored of a line: the place to leave out fields that are unknown, and to refuse what is no endpoint.
   * Without it, all that the line says. @param fields to be read with `saidOf`: the line holds, but for what it says
   */
  read?(fields: string): object | Unreadable;
}

/** As a list of several takes them: a source is only ever asked about entries of its own. */
export type AnySource = TableSource<unknown>;

/** One endpoint of one route, as it was before the process began. */
export interface RestoredEntry {
  readonly kind: string;
  /** Unix milliseconds: when it was last announced, or somewhat earlier, and never later than now. */
  readonly announced: number;
  /**
   * See `TableSource.read`. `null`: it is refused, which has been told. A table is too much to be in memory as objects:
   * each is made when it is asked for, and to be asked for once.
   */
  readonly value: object | null;
}

export interface Restored {
  /** In the order in which they were written. */
  readonly entries: readonly RestoredEntry[];
  /**
   * Lines that were written and are not restored, though their endpoints were not known to be gone; those that are
   * refused when they are asked for count from then on.
   */
  readonly rejected: number;
  /**
   * Unix milliseconds: up to when it is known what was announced, by the ages or, where there are none, by the
   * snapshot; never later than now. What an endpoint had not been announced for then is the difference from its
   * `announced`. `null`: there was no snapshot.
   */
  readonly knownAt: number | null;
}

export const NOTHING_RESTORED: Restored = { entries: [], rejected: 0, knownAt: null };
