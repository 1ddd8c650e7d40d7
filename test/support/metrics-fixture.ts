import { RegistryTally } from '../../src/registry/registry-counters.ts';
import { type MetricSources, Metrics } from '../../src/status/metrics.ts';

/** Metrics of an idle router, but for what the test gives. */
export function metrics(sources: Partial<MetricSources> = {}): Metrics {
  return new Metrics({
    table: { poolCount: 0, millisecondsSinceUpdate: () => -1 },
    tally: new RegistryTally(),
    busState: () => 'connected',
    count: () => 0,
    threadConnections: () => [],
    ...sources,
  });
}
