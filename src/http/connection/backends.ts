import type { Endpoint } from '../../routing/endpoint.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { Backend, type SharedConnections } from './backend.ts';

/** The backends this thread has dealt with, by slot. */
export class Backends {
  readonly #proxy: HttpProxy;
  readonly #bySlot: (Backend | undefined)[] = [];
  /** Connections there are, idle ones included. */
  connections = 0;

  /** The HTTP/2 connections to a backend that was registered for them. */
  readonly sharedTo: (backend: Backend) => SharedConnections;

  constructor(proxy: HttpProxy, sharedTo: (backend: Backend) => SharedConnections) {
    this.#proxy = proxy;
    this.sharedTo = sharedTo;
  }

  of(endpoint: Endpoint): Backend {
    let backend = this.#bySlot[endpoint.slot];
    if (backend === undefined) {
      backend = new Backend(this.#proxy, endpoint);
      this.#bySlot[endpoint.slot] = backend;
    }
    return backend;
  }

  /** The slot is free for another backend: connections of this one must never serve that one. */
  retire(slot: number): void {
    this.#bySlot[slot]?.retire();
    this.#bySlot[slot] = undefined;
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
    for (const backend of this.#bySlot) backend?.shedIdle();
  }

  retireAll(): void {
    for (const backend of this.#bySlot) backend?.retire();
    this.#bySlot.length = 0;
  }
}
