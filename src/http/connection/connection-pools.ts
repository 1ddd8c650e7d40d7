import type { Endpoint } from '../../routing/endpoint.ts';
import { NO_SEAT } from '../../routing/seat.ts';
import { BackendTrust } from '../../tls/connection/backend-trust.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { HttpSettings } from '../settings.ts';
import { ConnectionPool, type ShareConnections } from './connection-pool.ts';
import { ConnectionRoom } from './connection-room.ts';

/** The connections of a thread to backends, by backend. */
export class ConnectionPools {
  readonly #context: ProxyContext;
  /** Of backends that have not retired. */
  readonly #pools = new Set<ConnectionPool>();
  readonly #room: ConnectionRoom;
  readonly #share: ShareConnections;
  readonly #backendTrust: BackendTrust;
  readonly #serviceTrust: BackendTrust;

  /** `share`: makes the HTTP/2 connections to a backend that was registered for them. */
  constructor(context: ProxyContext, share: ShareConnections) {
    const { backendTls, routeServices } = context.settings;
    this.#context = context;
    this.#room = new ConnectionRoom(context);
    this.#share = share;
    this.#backendTrust = new BackendTrust(backendTls);
    this.#serviceTrust = new BackendTrust(routeServices.tls);
  }

  /** For connections from now on. */
  replaceTls({ backendTls, routeServices }: HttpSettings): void {
    this.#backendTrust.replace(backendTls);
    this.#serviceTrust.replace(routeServices.tls);
  }

  of(endpoint: Endpoint): ConnectionPool {
    const { backend } = endpoint;
    // Nobody else gives a backend of this thread its links.
    if (backend.links !== null) return backend.links as ConnectionPool;
    // Route services are not trusted as backends are, nor shown the same certificate.
    const trust = backend.seat === NO_SEAT ? this.#serviceTrust : this.#backendTrust;
    const pool = new ConnectionPool(this.#context, endpoint, {
      trust,
      room: this.#room,
      share: this.#share,
      onRetired: () => this.#pools.delete(pool),
    });
    backend.links = pool;
    if (backend.isRetired) pool.retire();
    else this.#pools.add(pool);
    return pool;
  }

  /** What requests and log lines say of an endpoint. */
  textsOf(endpoint: Endpoint): EndpointTexts {
    return this.of(endpoint).textsOf(endpoint);
  }

  /** Gives idle connections' descriptors back when they are running out. */
  shedIdle(): void {
    for (const pool of this.#pools) pool.shedIdle();
  }

  retireAll(): void {
    for (const pool of this.#pools) pool.retire();
  }
}
