import type { LoadBalancing } from '../routing/endpoint.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { BackendsMemory } from './backends.ts';
import type { BackendMarks } from './endpoint-state.ts';
import type { HoldTerms } from './newcomers.ts';
import type { RegistryCounters } from './registry-counters.ts';
import type { Sharding } from './sharding.ts';
import type { TrustOptions } from './trust.ts';

export interface RegistryOptions extends BackendsMemory, TrustOptions {
  /** Monotonic milliseconds. */
  now(): number;
  /** The same without the time that the process stood still, by which endpoints age. Default: it never does. */
  running?(): number;
  /** `droplet_stale_threshold` in milliseconds: the longest an endpoint without TLS lives after a heartbeat. */
  readonly staleThreshold: number;
  /** `empty_pool_response_code_503` */
  readonly keepEmptyPools: boolean;
  /** `empty_pool_timeout` in milliseconds; 0 removes an emptied pool at once even when they are kept. */
  readonly emptyPoolTimeout: number;
  readonly defaultLoadBalancing: LoadBalancing;
  readonly sharding: Sharding;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
  /** Default: applications that are newly mapped are served like any other. */
  readonly holds?: HoldTerms;
  /** Default: nobody marks anything. */
  readonly marks?: BackendMarks;
  /** Default: not measured. */
  readonly latency?: RegistrationLatency;
}

/** How long new endpoints took from their `endpoint_updated_at_ns` to the table. */
interface RegistrationLatency {
  /** Milliseconds since 1970, with fractions: the stamp is another machine's wall clock. */
  wallNow(): number;
  /** Monotonic milliseconds: before, endpoints are new to this router alone (`route_latency_metric_muzzle_duration`). */
  readonly from: number;
  observe(milliseconds: number): void;
}
