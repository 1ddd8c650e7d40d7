import type { Config } from '../../config/schema.ts';
import type { MeterSettings } from '../../telemetry/meters.ts';

/** What the configuration says about measuring requests. */
export function meterSettings(config: Config): MeterSettings {
  const { meters } = config.prometheus;
  return {
    perRequest: config.per_request_metrics_reporting,
    perApp: config.per_app_prometheus_http_metrics_reporting,
    varz: config.status.enable_deprecated_varz_healthz_endpoints,
    buckets: {
      routeLookup: ascending(meters.route_lookup_time_histogram_buckets),
      gorouterTime: ascending(meters.gorouter_time_histogram_buckets),
      latency: ascending(meters.routing_response_latency_histogram_buckets),
      httpLatency: ascending(meters.http_latency_histogram_buckets),
    },
  };
}

function ascending(buckets: readonly number[]): number[] {
  return [...new Set(buckets)].sort((a, b) => a - b);
}
