import { serverName } from '../table/server-name.ts';
import type { LiveRoute } from './live-route.ts';

/** The routes of one port as one thread uses them, by server name. */
export class LivePort {
  readonly #routes: ReadonlyMap<string, LiveRoute>;
  readonly #default: LiveRoute | null;
  /** Whether the client has to say hello before anything is done: to name a server, or because TLS ends here. */
  readonly needsHello: boolean;

  constructor(routes: ReadonlyMap<string, LiveRoute>) {
    this.#routes = routes;
    this.#default = routes.get('') ?? null;
    this.needsHello = this.#default === null ? routes.size > 0 : routes.size > 1 || this.#default.terminates;
  }

  /** Exact names before wildcards, the longest of those first, then the default. */
  match(name: string): LiveRoute | null {
    const known = name === '' ? null : serverName(name);
    if (known === null || known.startsWith('*')) return this.#default;
    const exact = this.#routes.get(known);
    if (exact !== undefined) return exact;
    for (let dot = known.indexOf('.'); dot >= 0; dot = known.indexOf('.', dot + 1)) {
      const wildcard = this.#routes.get(`*${known.slice(dot)}`);
      if (wildcard !== undefined) return wildcard;
    }
    return this.#default;
  }
}
