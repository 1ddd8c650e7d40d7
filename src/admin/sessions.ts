import { LRUCache } from 'lru-cache';
import type { Principal } from './caller.ts';
import { newSecret, secretDigest } from './secret-digest.ts';

/** How long a session lasts, however much it is used. Seconds. */
export const SESSION_SECONDS = 12 * 3600;
/** Beyond, the one unused for longest ends. */
export const MOST_SESSIONS = 64;

interface Entry {
  readonly principal: Principal;
  readonly until: number;
}

/** Browsers that are known by a cookie. They are forgotten with the process. */
export class Sessions {
  readonly #now: () => number;
  /** By digest of the secret, which alone names a session here. */
  readonly #open = new LRUCache<string, Entry>({ max: MOST_SESSIONS });

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The secret, for the cookie. */
  begin(principal: Principal): string {
    const secret = newSecret();
    this.#open.set(secretDigest(secret), { principal, until: this.#now() + SESSION_SECONDS * 1000 });
    return secret;
  }

  /** Null: there is no such session, or none any more. */
  find(secret: string): { readonly session: string; readonly principal: Principal } | null {
    const session = secretDigest(secret);
    const entry = this.#open.get(session);
    if (entry === undefined) return null;
    if (this.#now() < entry.until) return { session, principal: entry.principal };
    this.#open.delete(session);
    return null;
  }

  /** @param session as `find` names it */
  end(session: string): void {
    this.#open.delete(session);
  }
}
