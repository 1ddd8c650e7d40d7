import type { Random } from './applications.ts';

const SESSIONS = 200;
/** Instances remembered for each host, those that are gone among them. */
const REMEMBERED = 12;

export interface Session {
  readonly host: string;
  /** Of a Cookie header. */
  cookies: string;
}

/** What clients remember of who answered them: instances to ask for by name, and sessions to go on with. */
export class Acquaintances {
  readonly #random: Random;
  readonly #pins = new Map<string, string[]>();
  readonly #sessions: Session[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** `app:index` of an instance that has answered for the host, and may be gone; empty: of none yet. */
  pin(host: string): string {
    const known = this.#pins.get(host) ?? [];
    return known[Math.floor(this.#random() * known.length)] ?? '';
  }

  /** Any of them; the first few times there may be none. */
  session(): Session | null {
    return this.#sessions[Math.floor(this.#random() * SESSIONS)] ?? null;
  }

  meet(host: string, pin: string): void {
    const known = this.#pins.get(host) ?? [];
    this.#pins.set(host, known);
    if (known.includes(pin)) return;
    if (known.push(pin) > REMEMBERED) known.shift();
  }

  /**
   * A session begins, or goes on with whom the response names.
   * @param session that of the request
   * @param head status line and header lines
   */
  keep(host: string, session: Session | null, head: string): void {
    const set = Array.from(head.matchAll(/\r\nset-cookie: *([^=]+=[^;\r]*)/gi), ([, pair]) => pair!);
    const instance = set.find((pair) => pair.startsWith('__VCAP_ID__='));
    if (instance === undefined) return;
    if (session !== null) {
      session.cookies = session.cookies.replace(/__VCAP_ID__=[^;]*/, instance);
      return;
    }
    const began = set.find((pair) => pair.startsWith('JSESSIONID='));
    if (began === undefined) return;
    const isFull = this.#sessions.length === SESSIONS;
    const place = isFull ? Math.floor(this.#random() * SESSIONS) : this.#sessions.length;
    this.#sessions[place] = { host, cookies: `${began}; ${instance}` };
  }
}
