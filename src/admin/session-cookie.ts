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

/** The first cookie of this name in a `Cookie` header; null: there is none. */
function cookieOf(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
