import type { Balancer } from './balancer.ts';
import type { RouteChange } from './change.ts';
import type { Endpoint, LoadBalancing } from './endpoint.ts';
import { Pool } from './pool.ts';
import { RouteTable } from './route-table.ts';

/** A proxy thread's own copy of the route table, kept up by the registry's changes. */
export class Replica {
  readonly table = new RouteTable();
  readonly #pools = new Map<number, Pool>();
  /** Pools in which each backend's slot is in use; a slot that leaves the last one is done with here. */
  readonly #uses = new Map<number, number>();
  readonly #onSlotUnused: (slot: number) => void;

  readonly #balancerFor: (algorithm: LoadBalancing) => Balancer;

  /** `onSlotUnused` is told when no pool holds an endpoint with this slot any more. */
  constructor(balancerFor: (algorithm: LoadBalancing) => Balancer, onSlotUnused: (slot: number) => void) {
    this.#balancerFor = balancerFor;
    this.#onSlotUnused = onSlotUnused;
  }

  apply(changes: readonly RouteChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  #applyOne(change: RouteChange): void {
    switch (change.kind) {
      case 'pool-put': {
        const balancer = this.#balancerFor(change.pool.loadBalancing);
        const known = this.#pools.get(change.pool.id);
        if (known !== undefined) {
          known.settings = change.pool;
          known.balancer = balancer;
          break;
        }
        const pool = new Pool(change.pool, balancer);
        this.#pools.set(change.pool.id, pool);
        this.table.set(change.pool.routeKey, pool);
        break;
      }
      case 'pool-gone': {
        const pool = this.#pools.get(change.pool);
        if (pool === undefined) break;
        this.#pools.delete(change.pool);
        this.table.delete(pool.settings.routeKey);
        for (const endpoint of pool.endpoints) this.#release(endpoint);
        break;
      }
      case 'endpoint-put': {
        const pool = this.#pools.get(change.pool);
        if (pool === undefined) break;
        this.#hold(change.endpoint);
        const replaced = pool.put(change.endpoint);
        if (replaced !== null) this.#release(replaced);
        break;
      }
      case 'endpoint-gone': {
        const removed = this.#pools.get(change.pool)?.remove(change.address);
        if (removed != null) this.#release(removed);
        break;
      }
    }
  }

  #hold(endpoint: Endpoint): void {
    this.#uses.set(endpoint.slot, (this.#uses.get(endpoint.slot) ?? 0) + 1);
  }

  #release(endpoint: Endpoint): void {
    const uses = this.#uses.get(endpoint.slot)! - 1;
    if (uses > 0) {
      this.#uses.set(endpoint.slot, uses);
      return;
    }
    this.#uses.delete(endpoint.slot);
    this.#onSlotUnused(endpoint.slot);
  }
}
