import { createHash, timingSafeEqual } from 'node:crypto';

/** The one user of a bus. Only digests are kept, and comparing takes the same time wherever texts differ. */
export class Credentials {
  readonly #user: Buffer;
  readonly #pass: Buffer;

  constructor(user: string, pass: string) {
    this.#user = digest(user);
    this.#pass = digest(pass);
  }

  match(user: string, pass: string): boolean {
    const sameUser = timingSafeEqual(digest(user), this.#user);
    const samePass = timingSafeEqual(digest(pass), this.#pass);
    return sameUser && samePass;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
