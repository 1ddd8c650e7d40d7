import type { Registry } from 'prom-client';

export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>;
  /** Sum, counts of the buckets, count beyond: as `telemetry/histogram.ts` keeps them. */
  readonly cells: ArrayLike<number>;
}

/** Shows histograms that are kept elsewhere; the library's own would have to be told every value. */
export function exposeHistogram(
  exposition: Registry,
  name: string,
  help: string,
  buckets: readonly number[],
  read: () => readonly HistogramSample[],
): void {
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: read().flatMap((sample) => valuesOf(name, buckets, sample)),
    }),
    reset() {},
  };
  // The types know the library's own classes alone; it asks a metric for no more than this.
  exposition.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0]);
}

function valuesOf(name: string, buckets: readonly number[], { labels, cells }: HistogramSample) {
  let count = 0;
  const values = [...buckets, '+Inf'].map((le, at) => {
    count += cells[at + 1]!;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...values,
    { metricName: `${name}_sum`, labels, value: cells[0]! },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
