import type { Endpoint } from '../../routing/endpoint.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { ConnectionPool, type SharedConnections } from './connection-pool.ts';

/** The connections of a thread to backends, by backend. */
export class ConnectionPools {
  readonly #proxy: HttpProxy;
  /** Of backends that have not retired. */
  readonly #pools = new Set<ConnectionPool>();
  /** Connections there are, idle ones included. */
  connections = 0;

  /** The HTTP/2 connections to a backend that was registered for them. */
  readonly sharedTo: (pool: ConnectionPool) => SharedConnections;

  constructor(proxy: HttpProxy, sharedTo: (pool: ConnectionPool) => SharedConnections) {
    this.#proxy = proxy;
    this.sharedTo = sharedTo;
  }

  of(endpoint: Endpoint): ConnectionPool {
    const { backend } = endpoint;
    // Nobody else gives a backend of this thread its links.
    if (backend.links !== null) return backend.links as ConnectionPool;
    const pool = new ConnectionPool(this.#proxy, endpoint, () => this.#pools.delete(pool));
    backend.links = pool;
    if (backend.isRetired) pool.retire();
    else this.#pools.add(pool);
    return pool;
  }

  /**
   * To be called before one more connection is made. All together take no more descriptors than the clients' may,
   * since only idle ones can be more than there are clients: of those the one unused for longest gives way.
   */
  makeRoom(): void {
    const { settings, deadlines } = this.#proxy;
    const { maxConnections } = settings;
    if (maxConnections > 0 && this.connections >= maxConnections) deadlines.upstreamIdle.expireFirst();
  }

  /** Gives idle connections' descriptors back when they are running out. */
  shedIdle(): void {
    for (const pool of this.#pools) pool.shedIdle();
  }

  retireAll(): void {
    for (const pool of this.#pools) pool.retire();
  }
}
