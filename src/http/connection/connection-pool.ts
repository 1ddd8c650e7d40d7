import type { BackendLinks } from '../../routing/backend.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import { BackendTls } from '../../tls/connection/backend-tls.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { type EndpointTexts, endpointTexts } from '../policy/endpoint-texts.ts';
import type { Upstream } from '../upstream.ts';
import { Dial, type DialPlan } from './dial.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** Connections of another kind: many exchanges at once go over each. */
export interface SharedConnections {
  /** Whether the backend has not turned out to know HTTP/1.1 alone. */
  readonly isSpoken: boolean;
  acquire(fresh: boolean): Upstream;
  retire(): void;
  shedIdle(): void;
}

/**
 * One backend as a proxy thread deals with it: its idle connections, the one used last on top, because that
 * is the one least likely to be closed by the other side (LIFO).
 */
export class ConnectionPool implements BackendLinks {
  readonly #proxy: HttpProxy;
  readonly host: string;
  readonly port: number;
  /** `null`: plain TCP. */
  readonly tls: BackendTls | null;
  readonly #idle: UpstreamConnection[] = [];
  /** When it last sent the first byte of a response, to anybody on this thread. Milliseconds, monotonic. */
  answeredAt = 0;
  /** `null`: HTTP/1.1 is all it was registered for. */
  readonly #http2: SharedConnections | null;
  #retired = false;
  #texts: EndpointTexts | null = null;

  readonly #onRetired: () => void;

  constructor(proxy: HttpProxy, endpoint: Endpoint, onRetired: () => void) {
    this.#proxy = proxy;
    this.#onRetired = onRetired;
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.tls = endpoint.tls
      ? new BackendTls(proxy.trustFor(endpoint), endpoint.serverCertDomainSan || endpoint.host)
      : null;
    const { overTls, inClear } = proxy.settings.http2;
    const allowed = this.tls === null ? inClear : overTls;
    this.#http2 = allowed && endpoint.protocol === 'http2' ? proxy.backends.sharedTo(this) : null;
  }

  /**
   * An idle connection, or a new one that is still connecting; `fresh` asks for a new one in any case. `upgrades`: the
   * request asks to switch protocols, which HTTP/2 cannot (RFC 9113 §8.6).
   */
  acquire(fresh: boolean, upgrades: boolean): Upstream {
    const unused = fresh || this.#proxy.phase === 'leaving';
    if (this.#http2?.isSpoken === true && !upgrades) return this.#http2.acquire(unused);
    while (!unused) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (idle.isReady) return idle;
    }
    this.#proxy.backends.makeRoom();
    return new UpstreamConnection(this.#proxy, this);
  }

  dial(plan: DialPlan): Dial {
    return new Dial(this.#proxy, this, plan);
  }

  /** Keeps a connection for the next exchange; `false` when there is no place for it. */
  keep(connection: UpstreamConnection): boolean {
    const { backendKeepAlive, maxIdlePerBackend } = this.#proxy.settings;
    if (this.#proxy.phase === 'leaving') return false;
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
    this.#onRetired();
    this.#http2?.retire();
    this.shedIdle();
  }

  shedIdle(): void {
    this.#http2?.shedIdle();
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** What requests and log lines say of an endpoint, made once per registration. */
  textsOf(endpoint: Endpoint): EndpointTexts {
    if (this.#texts?.endpoint !== endpoint) this.#texts = endpointTexts(endpoint);
    return this.#texts!;
  }
}
