import { cookieOf } from './cookie.ts';
import { SESSION_SECONDS } from './sessions.ts';

/** How sessions travel. Cookies know no ports: the name keeps routers of one machine apart. */
export class SessionCookie {
  readonly #name: string;
  readonly #attributes: string;

  constructor(port: number, secure: boolean) {
    // The prefix binds browsers to what the attributes say; they take it over TLS alone.
    this.#name = `${secure ? '__Host-' : ''}cellgate-${port}`;
    this.#attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  /** The secret in a `Cookie` header, or null. */
  read(header: string | undefined): string | null {
    return cookieOf(header, this.#name);
  }

  /** For `Set-Cookie`. */
  set(secret: string): string {
    return `${this.#name}=${secret}; Max-Age=${SESSION_SECONDS}; ${this.#attributes}`;
  }

  clear(): string {
    return `${this.#name}=; Max-Age=0; ${this.#attributes}`;
  }
}
