import { performance } from 'node:perf_hooks';
import type { Config } from '../../config/schema.ts';
import type { HoldTerms } from '../../registry/newcomers.ts';
import { Registry } from '../../registry/registry.ts';
import { RegistryTally } from '../../registry/registry-counters.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { histogramWidth, observe } from '../../telemetry/histogram.ts';
import type { PauseDetector } from '../../time/pause-detector.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { trustSettings } from '../settings/trust-settings.ts';
import { RouteFeed } from '../threads/route-feed.ts';
import type { SharedMemory } from '../threads/shared-memory.ts';

/** The table of HTTP routes, what is counted of it, and its way to the proxy threads. */
export class HttpTable {
  readonly registry: Registry;
  readonly feed: RouteFeed;
  readonly tally = new RegistryTally();
  /** How long registrations took to get here. */
  readonly latency: { readonly buckets: readonly number[]; readonly cells: Float64Array };

  /**
   * @param onRegistration an endpoint is in the table so many milliseconds after it became valid
   * @param holds null: applications that are newly mapped are served
   */
  constructor(
    config: Config,
    memory: SharedMemory,
    pause: PauseDetector,
    log: ComponentLog,
    onRegistration: (milliseconds: number) => void,
    holds: HoldTerms | null,
  ) {
    const buckets = config.prometheus.meters.route_registration_latency_histogram_buckets;
    this.latency = { buckets, cells: new Float64Array(histogramWidth(buckets)) };
    const { seats, records, epochs } = memory;
    const registry = new Registry({
      now: () => performance.now(),
      running: () => pause.running(performance.now()),
      staleThreshold: config.droplet_stale_threshold,
      ...trustSettings(config),
      keepEmptyPools: config.empty_pool_response_code_503,
      emptyPoolTimeout: config.empty_pool_timeout,
      defaultLoadBalancing: config.balancing_algorithm,
      sharding: { mode: config.routing_table_sharding_mode, segments: config.isolation_segments },
      seats,
      records,
      epochs,
      ...(holds !== null && { holds }),
      marks: {
        failedUntil: (seat) => memory.endpoints.failedUntil(seat),
        awaited: (seat) => memory.endpoints.awaited(seat),
        mostAwaited: () => config.backends.max_conns,
      },
      log: log.child('registry'),
      counters: this.tally,
      latency: {
        wallNow: systemTime,
        from: performance.now() + config.route_latency_metric_muzzle_duration,
        observe: (milliseconds) => {
          observe(this.latency.cells, 0, buckets, milliseconds);
          onRegistration(milliseconds);
        },
      },
    });
    const feed = new RouteFeed({
      nextEpoch: () => epochs.next(),
      digest: () => registry.digest,
      snapshot: (piece) => registry.snapshot(piece),
    });
    registry.onChange((change) => feed.add(change));
    this.registry = registry;
    this.feed = feed;
  }
}
