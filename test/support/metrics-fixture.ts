import { RegistryTally } from '../../src/registry/registry-counters.ts';
import { type MetricSources, Metrics } from '../../src/status/metrics.ts';
import { MeterReadings } from '../../src/telemetry/meter-readings.ts';
import { allocateMeters, type MeterSettings } from '../../src/telemetry/meters.ts';

export const METERS: MeterSettings = {
  perRequest: false,
  perApp: false,
  varz: false,
  buckets: { routeLookup: [10_000, 20_000], gorouterTime: [1, 2], latency: [1, 10], httpLatency: [0.1, 0.2] },
};

/** Metrics of an idle router, but for what the test gives. */
export function metrics(sources: Partial<MetricSources> = {}): Metrics {
  return new Metrics({
    table: { poolCount: 0, millisecondsSinceUpdate: () => -1, hashedRoutes: () => [] },
    tally: new RegistryTally(),
    registrationLatency: { buckets: [1], cells: new Float64Array(3) },
    busState: () => 'connected',
    routingApi: () => null,
    messagesDropped: () => 0,
    count: () => 0,
    meters: new MeterReadings(allocateMeters(1, METERS), 1, METERS),
    threadConnections: () => [],
    ...sources,
  });
}
