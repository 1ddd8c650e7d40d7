import { serverName } from '../table/server-name.ts';
import type { LiveRoute } from './live-route.ts';

/** The routes of one port as one thread uses them, by server name. Nobody keeps one: they come and go. */
export class LivePort {
  readonly #routes = new Map<string, LiveRoute>();

  /** Whether the client has to say hello before anything is done: to name a server, or because TLS ends here. */
  get needsHello(): boolean {
    const { size } = this.#routes;
    const fallback = this.#routes.get('');
    return fallback === undefined ? size > 0 : size > 1 || fallback.terminates;
  }

  get names(): Iterable<string> {
    return this.#routes.keys();
  }

  /** The route of exactly that name. */
  get(sni: string): LiveRoute | undefined {
    return this.#routes.get(sni);
  }

  set(sni: string, route: LiveRoute): void {
    this.#routes.set(sni, route);
  }

  delete(sni: string): void {
    this.#routes.delete(sni);
  }

  /** Exact names before wildcards, the longest of those first, then the default. */
  match(name: string): LiveRoute | null {
    const fallback = this.#routes.get('') ?? null;
    const known = name === '' ? null : serverName(name);
    if (known === null || known.startsWith('*')) return fallback;
    const exact = this.#routes.get(known);
    if (exact !== undefined) return exact;
    for (let dot = known.indexOf('.'); dot >= 0; dot = known.indexOf('.', dot + 1)) {
      const wildcard = this.#routes.get(`*${known.slice(dot)}`);
      if (wildcard !== undefined) return wildcard;
    }
    return fallback;
  }
}
