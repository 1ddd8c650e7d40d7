import type { Seat } from './seat.ts';

/** What a thread keeps for a backend from request to request: its connections. */
export interface BackendLinks {
  /** No route leads there any more: what is under way goes on, nothing is kept, nothing begins. */
  retire(): void;
}

/**
 * - `serving`: an endpoint of some pool of this thread leads there.
 * - `retired`: the last one has gone. Who still holds the backend finishes what it has begun there; it does not come back,
 *   and what is registered in its slot after it is another backend. Its connections may be that one's, see `mayInherit`.
 */
type State = 'serving' | 'retired';

/**
 * One backend as one thread knows it: one process under one identity (`backendIdentity`). Its endpoints own it; whoever
 * was given one of them holds the backend with it. docs/architecture.md tells its whole life.
 */
export class Backend {
  readonly seat: Seat;
  /** Made by whoever first has something to send there. */
  links: BackendLinks | null = null;
  #state: State = 'serving';
  #endpoints = 0;

  constructor(seat: Seat) {
    this.seat = seat;
  }

  get isRetired(): boolean {
    return this.#state === 'retired';
  }

  /** One more endpoint leads there. @throws when none may any more */
  gain(): void {
    if (this.isRetired) throw new Error('a backend that has retired was given an endpoint');
    this.#endpoints++;
  }

  /**
   * One endpoint less; answers whether it was the last. @param heir see `retire` @throws when there is none
   */
  lose(heir: Backend | null = null): boolean {
    if (this.#endpoints === 0) throw new Error('a backend has lost an endpoint that it did not have');
    if (--this.#endpoints > 0) return false;
    this.retire(heir);
    return true;
  }

  /** For good. @param heir gets its connections, unless it has its own; `null`: nobody does */
  retire(heir: Backend | null = null): void {
    if (this.isRetired) return;
    this.#state = 'retired';
    const { links } = this;
    if (heir === null || heir.links !== null) {
      links?.retire();
      return;
    }
    heir.links = links;
    // What is still under way here does not begin anything over them.
    this.links = null;
  }
}
