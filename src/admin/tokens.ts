import { timingSafeEqual } from 'node:crypto';
import type { Principal } from './caller.ts';
import { secretDigest } from './secret-digest.ts';

export interface Token extends Principal {
  readonly secret: string;
}

/** Whoever has one of the secrets is its principal. */
export class Tokens {
  readonly #known: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(tokens: readonly Token[]) {
    this.#known = tokens.map(({ name, rights, secret }) => ({
      digest: Buffer.from(secretDigest(secret)),
      principal: { name, rights },
    }));
  }

  /** Looks at all of them, in a time that does not tell which one was nearly right. */
  principalOf(secret: string): Principal | null {
    const asked = Buffer.from(secretDigest(secret));
    let found: Principal | null = null;
    for (const { digest, principal } of this.#known) if (timingSafeEqual(digest, asked)) found = principal;
    return found;
  }
}
