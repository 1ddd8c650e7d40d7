import type { BackendLinks } from '../../routing/backend.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import { oddityCounter } from '../../telemetry/counters.ts';
import { BackendTls } from '../../tls/connection/backend-tls.ts';
import type { BackendTrust } from '../../tls/connection/backend-trust.ts';
import { namesOf } from '../message/oddity.ts';
import { type EndpointTexts, endpointTexts } from '../policy/endpoint-texts.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Upstream } from '../upstream.ts';
import type { ConnectionRoom } from './connection-room.ts';
import { Dial, type DialPlan, type DialTarget } from './dial.ts';
import { type ConnectionHome, UpstreamConnection } from './upstream-connection.ts';

/** Connections of another kind: many exchanges at once go over each. */
export interface SharedConnections {
  /** Whether the backend has not turned out to know HTTP/1.1 alone. */
  readonly isSpoken: boolean;
  acquire(fresh: boolean): Upstream;
  retire(): void;
  shedIdle(): void;
}

export type ShareConnections = (pool: ConnectionPool) => SharedConnections;

interface Surroundings {
  readonly trust: BackendTrust;
  readonly room: ConnectionRoom;
  readonly share: ShareConnections;
  onRetired(): void;
}

/**
 * One backend as a proxy thread deals with it: its idle connections, the one used last on top, because that
 * is the one least likely to be closed by the other side (LIFO).
 */
export class ConnectionPool implements BackendLinks, ConnectionHome, DialTarget {
  readonly #context: ProxyContext;
  readonly host: string;
  readonly port: number;
  /** `null`: plain TCP. */
  readonly tls: BackendTls | null;
  readonly room: ConnectionRoom;
  readonly #onRetired: () => void;
  readonly #idle: UpstreamConnection[] = [];
  /** When it last sent the first byte of a response, to anybody on this thread. Milliseconds, monotonic. */
  answeredAt = 0;
  /** `null`: HTTP/1.1 is all it was registered for. */
  readonly #http2: SharedConnections | null;
  #state: 'serving' | 'retired' = 'serving';
  /** Of the endpoint asked for last. */
  #texts: EndpointTexts | null = null;
  /** Of all, where several lead here: a backend may have other tags in each of its routes. */
  #allTexts: WeakMap<Endpoint, EndpointTexts> | null = null;
  /** Those that the log has been told of. */
  #oddities = 0;

  constructor(context: ProxyContext, endpoint: Endpoint, { trust, room, share, onRetired }: Surroundings) {
    this.#context = context;
    this.#onRetired = onRetired;
    this.room = room;
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.tls = endpoint.tls ? new BackendTls(trust, endpoint.serverCertDomainSan || endpoint.host) : null;
    const { overTls, inClear } = context.settings.http2;
    const allowed = this.tls === null ? inClear : overTls;
    this.#http2 = allowed && endpoint.protocol === 'http2' ? share(this) : null;
  }

  get isRetired(): boolean {
    return this.#state === 'retired';
  }

  /**
   * An idle connection, or a new one that is still connecting; `fresh` asks for a new one in any case. `upgrades`: the
   * request asks to switch protocols, which HTTP/2 cannot (RFC 9113 §8.6). @throws when no route leads here any more
   */
  acquire(fresh: boolean, upgrades: boolean): Upstream {
    if (this.isRetired) throw new Error('a backend that has retired was asked for a connection');
    const unused = fresh || this.#context.phase === 'leaving';
    if (this.#http2?.isSpoken === true && !upgrades) return this.#http2.acquire(unused);
    while (!unused) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (idle.isReady && !idle.hasExpired) return idle;
      idle.destroy();
    }
    this.room.make();
    return new UpstreamConnection(this.#context, this);
  }

  dial(plan: DialPlan): Dial {
    return new Dial(this.#context, this, plan);
  }

  /** Keeps a connection for the next exchange; `false` when there is no place for it. */
  keep(connection: UpstreamConnection): boolean {
    const { backendKeepAlive, maxIdlePerBackend } = this.#context.settings;
    if (this.#context.phase === 'leaving') return false;
    if (this.isRetired || !backendKeepAlive || this.#idle.length >= maxIdlePerBackend) return false;
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
    this.#state = 'retired';
    this.#onRetired();
    this.#http2?.retire();
    this.shedIdle();
  }

  shedIdle(): void {
    this.#http2?.shedIdle();
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Each counts; for the log one of each kind is enough to tell whose they are. */
  noteOddities(oddities: number): void {
    const { counters, log } = this.#context;
    for (const name of namesOf(oddities)) counters.add(oddityCounter(name));
    const unknown = oddities & ~this.#oddities;
    if (unknown === 0) return;
    this.#oddities |= unknown;
    log.info('response-tolerated', {
      'route-endpoint': `${this.host}:${this.port}`,
      application_id: this.#texts?.endpoint.appId ?? '',
      oddities: namesOf(unknown),
    });
  }

  /** What requests and log lines say of an endpoint, made once per registration. */
  textsOf(endpoint: Endpoint): EndpointTexts {
    if (this.#texts?.endpoint !== endpoint) this.#texts = this.#otherTexts(endpoint);
    return this.#texts!;
  }

  #otherTexts(endpoint: Endpoint): EndpointTexts {
    const last = this.#texts;
    if (last === null) return endpointTexts(endpoint);
    this.#allTexts ??= new WeakMap([[last.endpoint, last]]);
    let texts = this.#allTexts.get(endpoint);
    if (texts === undefined) {
      texts = endpointTexts(endpoint);
      this.#allTexts.set(endpoint, texts);
    }
    return texts;
  }
}
