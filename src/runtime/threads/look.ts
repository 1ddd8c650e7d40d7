import type { AppsThere } from '../../http/account/app-traffic.ts';
import type { Rejection } from '../../http/account/rejection.ts';
import type { RouterErrorRow } from '../../http/account/router-errors.ts';
import type { Session } from '../../http/account/session.ts';
import type { Pace } from './thread-figures.ts';

/** A thread as it is now. */
export interface ThreadState extends Pace {
  readonly connections: number;
  /** Requests and connections of TCP routes under way. */
  readonly inFlight: number;
  /** Since it began. */
  readonly requests: number;
  /** Bytes of its heap, the most that it may have, and bytes of buffers beside it. */
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly external: number;
}

/** What of a thread somebody may want to see, by the kind of `Look`. */
export interface Seen {
  /** Newest first. */
  readonly rejected: readonly Rejection[];
  /** Those with most errors first. */
  readonly errors: readonly RouterErrorRow[];
  /** The oldest first; `all`: how many there are, of which some may be left out. */
  readonly sessions: { readonly sessions: readonly Session[]; readonly all: number };
  readonly state: ThreadState;
  readonly apps: AppsThere;
}

/** What is wanted. */
export type Look =
  | { readonly of: 'rejected' }
  /** Of so many whole minutes. */
  | { readonly of: 'errors'; readonly minutes: number }
  /** That have been under way for so long, milliseconds; so many at most. `route`, `app`: empty, any. */
  | {
      readonly of: 'sessions';
      readonly older: number;
      readonly most: number;
      readonly route: string;
      readonly app: string;
    }
  | { readonly of: 'state' }
  /** See `AppTraffic.tell`. */
  | { readonly of: 'apps'; readonly apps: readonly string[]; readonly busiest: number };

/** What one thread says. */
export interface SeenThere<Of extends keyof Seen> {
  readonly thread: number;
  readonly seen: Seen[Of];
}
