import type { Endpoint } from '../../routing/endpoint.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { type EndpointTexts, endpointTexts } from '../policy/endpoint-texts.ts';
import { BackendTls } from './backend-tls.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/**
 * One backend as a proxy thread deals with it: its idle connections, the one used last on top, because that
 * is the one least likely to be closed by the other side (LIFO).
 */
export class Backend {
  readonly #proxy: HttpProxy;
  readonly host: string;
  readonly port: number;
  /** `null`: plain TCP. */
  readonly tls: BackendTls | null;
  readonly #idle: UpstreamConnection[] = [];
  /** When it last sent the first byte of a response, to anybody on this thread. Milliseconds, monotonic. */
  answeredAt = 0;
  #retired = false;
  #texts: EndpointTexts | null = null;

  constructor(proxy: HttpProxy, endpoint: Endpoint) {
    this.#proxy = proxy;
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.tls = endpoint.tls ? new BackendTls(proxy.trustFor(endpoint), endpoint) : null;
  }

  /** An idle connection, or a new one that is still connecting; `fresh` asks for a new one in any case. */
  acquire(fresh: boolean): UpstreamConnection {
    while (!fresh) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (idle.isReady) return idle;
    }
    this.#proxy.backends.makeRoom();
    return new UpstreamConnection(this.#proxy, this);
  }

  /** Keeps a connection for the next exchange; `false` when there is no place for it. */
  keep(connection: UpstreamConnection): boolean {
    const { backendKeepAlive, maxIdlePerBackend } = this.#proxy.settings;
    if (this.#retired || !backendKeepAlive || this.#idle.length >= maxIdlePerBackend) return false;
    this.#idle.push(connection);
    return true;
  }

  /** An idle connection has gone bad by itself. */
  forget(connection: UpstreamConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** No route leads here any more: exchanges under way finish, nothing is kept. */
  retire(): void {
    this.#retired = true;
    this.shedIdle();
  }

  shedIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** What requests and log lines say of an endpoint, made once per registration. */
  textsOf(endpoint: Endpoint): EndpointTexts {
    if (this.#texts?.endpoint !== endpoint) this.#texts = endpointTexts(endpoint);
    return this.#texts!;
  }
}
