import { Secret } from './secret.ts';

/** The one user of a bus. */
export class Credentials {
  readonly #user: Secret;
  readonly #pass: Secret;

  constructor(user: string, pass: string) {
    this.#user = new Secret(user);
    this.#pass = new Secret(pass);
  }

  match(user: string, pass: string): boolean {
    const sameUser = this.#user.matches(user);
    const samePass = this.#pass.matches(pass);
    return sameUser && samePass;
  }
}
