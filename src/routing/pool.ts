import type { Balancer } from './balancer.ts';
import type { PoolSettings } from './change.ts';
import type { Endpoint } from './endpoint.ts';

/** All endpoints of one route as a proxy thread sees them. */
export class Pool {
  settings: PoolSettings;
  /** The one that `settings` name. */
  balancer: Balancer;
  readonly endpoints: Endpoint[] = [];
  /** Where round-robin goes on: this thread's own, begun at random so that threads do not march in step. */
  cursor = Math.floor(Math.random() * 0x10000);

  constructor(settings: PoolSettings, balancer: Balancer) {
    this.settings = settings;
    this.balancer = balancer;
  }

  get isEmpty(): boolean {
    return this.endpoints.length === 0;
  }

  /** Adds an endpoint, or replaces the one with the same address; answers the one replaced. */
  put(endpoint: Endpoint): Endpoint | null {
    const at = this.#indexOf(endpoint.address);
    if (at < 0) {
      this.endpoints.push(endpoint);
      return null;
    }
    const replaced = this.endpoints[at]!;
    this.endpoints[at] = endpoint;
    return replaced;
  }

  remove(address: string): Endpoint | null {
    const at = this.#indexOf(address);
    if (at < 0) return null;
    const removed = this.endpoints[at]!;
    this.endpoints.splice(at, 1);
    return removed;
  }

  #indexOf(address: string): number {
    const { endpoints } = this;
    for (let i = 0; i < endpoints.length; i++) {
      if (endpoints[i]!.address === address) return i;
    }
    return -1;
  }
}
