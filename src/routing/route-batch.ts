import type { PoolSettings, RouteChange } from './change.ts';

/** What pools share with many others: all that says how to choose in one. */
export type PoolPolicy = Omit<PoolSettings, 'id' | 'routeKey' | 'contextPath'>;

/** Changes as they cross to a thread: flat, for it is objects that make the crossing slow. */
export interface RouteBatch {
  /** The records that go with this batch may be overwritten once every thread has applied it. */
  readonly epoch: number;
  /** Codes and what belongs to each. */
  readonly codes: Int32Array;
  /** Route keys and context paths in the order in which the codes speak of them. */
  readonly texts: readonly string[];
  readonly policies: readonly PoolPolicy[];
}

/** `[POOL_PUT, id, policy]` and two texts: key and context path. The pool is then the current one. */
export const POOL_PUT = 0;
/** `[POOL]` and one text: the pool with this key is the current one. */
export const POOL = 1;
/** `[POOL_GONE]`: the current one. */
export const POOL_GONE = 2;
/** `[ENDPOINT_PUT, record, replaced]` */
export const ENDPOINT_PUT = 3;
/** `[ENDPOINT_GONE, record]` */
export const ENDPOINT_GONE = 4;

/** Gathers changes for one crossing. */
export class BatchWriter {
  #codes: number[] = [];
  #texts: string[] = [];
  #policies: PoolPolicy[] = [];
  #current = -1;

  get isEmpty(): boolean {
    return this.#codes.length === 0;
  }

  add(change: RouteChange): void {
    const { pool } = change;
    if (change.kind === 'pool-put') {
      this.#codes.push(POOL_PUT, pool.id, this.#policy(pool));
      this.#texts.push(pool.routeKey, pool.contextPath);
      this.#current = pool.id;
      return;
    }
    if (pool.id !== this.#current) {
      this.#codes.push(POOL);
      this.#texts.push(pool.routeKey);
      this.#current = pool.id;
    }
    switch (change.kind) {
      case 'pool-gone':
        this.#codes.push(POOL_GONE);
        this.#current = -1;
        break;
      case 'endpoint-put':
        this.#codes.push(ENDPOINT_PUT, change.record, change.replaced);
        break;
      case 'endpoint-gone':
        this.#codes.push(ENDPOINT_GONE, change.record);
        break;
    }
  }

  take(epoch: number): RouteBatch {
    const batch = {
      epoch,
      codes: Int32Array.from(this.#codes),
      texts: this.#texts,
      policies: this.#policies,
    };
    this.#codes = [];
    this.#texts = [];
    this.#policies = [];
    this.#current = -1;
    return batch;
  }

  /** Looked for among the last few only: routes with the same one mostly come together. */
  #policy({ id: _id, routeKey: _key, contextPath: _path, ...policy }: PoolSettings): number {
    const last = this.#policies.length - 1;
    for (let at = last; at >= 0 && at > last - 4; at--) {
      if (samePolicy(this.#policies[at]!, policy)) return at;
    }
    return this.#policies.push(policy) - 1;
  }
}

export function samePolicy(a: PoolPolicy, b: PoolPolicy): boolean {
  for (const name in a) if (a[name as keyof PoolPolicy] !== b[name as keyof PoolPolicy]) return false;
  return true;
}
