import { createHash, timingSafeEqual } from 'node:crypto';

/** A text that a client has to know. Only its digest is kept, and comparing takes the same time wherever texts differ. */
export class Secret {
  readonly #digest: Buffer;

  constructor(text: string) {
    this.#digest = digest(text);
  }

  matches(text: string): boolean {
    return timingSafeEqual(digest(text), this.#digest);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
