import type { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { type HrTime, hrTime } from './instants.ts';
import type { Origin } from './origin.ts';
import type { CounterReading, HistogramReading, Reading } from './reading.ts';

/** What the official serializer takes. */
export type ResourceMetrics = Parameters<(typeof JsonMetricsSerializer)['serializeRequest']>[0];
type MetricData = ResourceMetrics['scopeMetrics'][number]['metrics'][number];

/** The library's numbers, of which it exports no names that types alone could use. */
const HISTOGRAM = 0;
const GAUGE = 2;
const SUM = 3;
const CUMULATIVE = 1;
const INT = 0;
const DOUBLE = 1;

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** @param since when counting began, Unix milliseconds @param now when it was read */
export function resourceMetrics(
  readings: readonly Reading[],
  { resource, scope }: Origin,
  since: number,
  now: number,
): ResourceMetrics {
  const times = { startTime: hrTime(since), endTime: hrTime(now) };
  const metrics = readings.map((reading) =>
    reading.kind === 'histogram' ? histogram(reading, times) : numbers(reading, times),
  );
  return {
    resource: resource as ResourceMetrics['resource'],
    // The types name enumerations that the package does not export.
    scopeMetrics: [{ scope, metrics: metrics as unknown as MetricData[] }],
  };
}

function numbers({ kind, points, ...descriptor }: CounterReading, times: Times): object {
  const isWhole = points.every(({ value }) => Number.isSafeInteger(value));
  return {
    descriptor: descriptorOf(descriptor, isWhole ? INT : DOUBLE),
    aggregationTemporality: CUMULATIVE,
    dataPointType: kind === 'gauge' ? GAUGE : SUM,
    ...(kind !== 'gauge' && { isMonotonic: kind === 'counter' }),
    dataPoints: points.map((point) => ({ ...times, ...point })),
  };
}

function histogram({ bounds, counts, sum, ...descriptor }: HistogramReading, times: Times): object {
  const count = counts.reduce((all, each) => all + each, 0);
  const value = { buckets: { boundaries: bounds, counts }, count, sum };
  return {
    descriptor: descriptorOf(descriptor, DOUBLE),
    aggregationTemporality: CUMULATIVE,
    dataPointType: HISTOGRAM,
    dataPoints: [{ ...times, attributes: {}, value }],
  };
}

function descriptorOf({ name, unit, description }: Omit<Reading, 'kind'>, valueType: number): object {
  return { name, unit, description, valueType };
}
