import type { LoadBalancing } from './endpoint.ts';
import type { RoutePolicy } from './route-policy.ts';

/** What a proxy thread must know of one pool besides its members. */
export interface PoolSettings {
  /** Never reused while the process lives; later pools have greater ones. */
  readonly id: number;
  /** Normalised `host[/path]`. */
  readonly routeKey: string;
  /** `/` or the path of the first registration, case kept: the sticky cookie's Path. */
  readonly contextPath: string;
  readonly loadBalancing: LoadBalancing;
  /** Lower case; empty unless `hash` is the algorithm. */
  readonly hashHeader: string;
  readonly hashBalance: number;
  readonly routeServiceUrl: string;
  /** `null`: anybody may call. */
  readonly routePolicy: RoutePolicy | null;
}

/** A TLS endpoint that a proxy thread found to be another instance, or none (gorouter.md §2.6). */
export interface FailedEndpoint {
  /** `PoolSettings.id` */
  readonly pool: number;
  readonly routeKey: string;
  readonly address: string;
  /** Tells it from another backend that may have been registered at the address since. */
  readonly slot: number;
}

/**
 * The feed from the control thread's registry to every replica. Applied strictly in order; applying the
 * registry's snapshot to an empty replica gives the same table as applying every change since the start.
 * `record`: the place of a packed endpoint in the memory that all threads share.
 */
export type RouteChange =
  /** Adds a pool, or replaces the settings of the one with this id; members stay. */
  | { readonly kind: 'pool-put'; readonly pool: PoolSettings }
  | { readonly kind: 'pool-gone'; readonly pool: PoolSettings }
  /** Adds an endpoint to a pool, in the place of `replaced` if that is not NO_RECORD. */
  | {
      readonly kind: 'endpoint-put';
      readonly pool: PoolSettings;
      readonly record: number;
      readonly replaced: number;
    }
  | { readonly kind: 'endpoint-gone'; readonly pool: PoolSettings; readonly record: number };

export const NO_RECORD = -1;
