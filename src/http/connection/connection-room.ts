import type { ProxyContext } from '../proxy-context.ts';

/**
 * How many connections to backends there are on a thread, idle ones included. All together take no more descriptors than
 * the clients' may, since only idle ones can be more than there are clients.
 */
export class ConnectionRoom {
  readonly #context: ProxyContext;
  taken = 0;

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  /** To be called before one more connection is made: of the idle ones the one unused for longest gives way. */
  make(): void {
    const { settings, deadlines } = this.#context;
    const { maxConnections } = settings;
    if (maxConnections > 0 && this.taken >= maxConnections) deadlines.upstreamIdle.expireFirst();
  }
}
