import { LRUCache } from 'lru-cache';
import type { Principal } from './caller.ts';
import { newSecret, secretDigest } from './secret-digest.ts';

/** How long a code may be used. Milliseconds. */
export const CODE_LIFE_MS = 600_000;
/** Beyond, the oldest is void. */
const MOST_CODES = 64;

interface Entry {
  readonly principal: Principal;
  readonly until: number;
}

/** Codes that make a session once: a link may be seen in a history or over a shoulder, and is worth nothing then. */
export class OneTimeCodes {
  readonly #now: () => number;
  /** By digest. */
  readonly #codes = new LRUCache<string, Entry>({ max: MOST_CODES });

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  mint(principal: Principal): string {
    const code = newSecret();
    this.#codes.set(secretDigest(code), { principal, until: this.#now() + CODE_LIFE_MS });
    return code;
  }

  /** Null: there is no such code, or none any more. */
  redeem(code: string): Principal | null {
    const digest = secretDigest(code);
    const entry = this.#codes.get(digest);
    this.#codes.delete(digest);
    return entry === undefined || this.#now() >= entry.until ? null : entry.principal;
  }
}
