import type { LoadBalancing } from './endpoint.ts';
import type { RoutePolicy } from './route-policy.ts';
import type { Seat } from './seat.ts';
import type { Split } from './split.ts';

/** How to choose in a pool: what pools have in common with many others. */
export interface PoolPolicy {
  readonly loadBalancing: LoadBalancing;
  /** Lower case; empty unless `hash` is the algorithm. */
  readonly hashHeader: string;
  readonly hashBalance: number;
  readonly routeServiceUrl: string;
  /** `null`: anybody may call. */
  readonly routePolicy: RoutePolicy | null;
  /** `null`: all endpoints are alike. */
  readonly split: Split | null;
}

export function samePolicy(a: PoolPolicy, b: PoolPolicy): boolean {
  if (a === b) return true;
  for (const name in a) if (a[name as keyof PoolPolicy] !== b[name as keyof PoolPolicy]) return false;
  return true;
}

/** What a proxy thread must know of one pool besides its members. */
export interface PoolSettings extends PoolPolicy {
  /** Never reused while the process lives; later pools have greater ones. */
  readonly id: number;
  /** Normalised `host[/path]`. */
  readonly routeKey: string;
  /** `/` or the path of the first registration, case kept: the sticky cookie's Path. */
  readonly contextPath: string;
}

/** A TLS endpoint that a proxy thread found to be another instance, or none (docs/compatibility.md §2.6). */
export interface FailedEndpoint {
  /** `PoolSettings.id` */
  readonly pool: number;
  readonly routeKey: string;
  readonly address: string;
  /** Tells it from another backend that may have been registered at the address since. */
  readonly seat: Seat;
}

/** A pool as changes speak of it. */
export interface ChangedPool {
  /** `PoolSettings.id` */
  readonly id: number;
  /** Below the number of pools there ever were at once; that of a pool that is gone is given to another. */
  readonly row: number;
  /** Place of its key in the memory that all threads share. */
  readonly record: number;
  /** `null`: that of the key. */
  readonly contextPath: string | null;
  readonly policy: PoolPolicy;
}

/**
 * The feed from the control thread's registry to every replica. Applied strictly in order; applying the
 * registry's snapshot to an empty replica gives the same table as applying every change since the start.
 * `record`: the place of a packed endpoint in the memory that all threads share.
 */
export type RouteChange =
  /** Adds a pool, or replaces the policy of the one with this id; members stay. */
  | { readonly kind: 'pool-put'; readonly pool: ChangedPool }
  | { readonly kind: 'pool-gone'; readonly pool: ChangedPool }
  /** Adds an endpoint to a pool, in the place of `replaced` if that is not NO_RECORD. */
  | {
      readonly kind: 'endpoint-put';
      readonly pool: ChangedPool;
      readonly record: number;
      readonly replaced: number;
    }
  | { readonly kind: 'endpoint-gone'; readonly pool: ChangedPool; readonly record: number };

export const NO_RECORD = -1;
