import { Counter, type Registry } from 'prom-client';
import type { MeterReadings } from '../telemetry/meter-readings.ts';
import { exposeHistogram } from './histogram-metric.ts';

/** What is measured of requests, by gorouter's names (docs/compatibility.md §6.5). */
export function exposeRequests(exposition: Registry, readings: MeterReadings): void {
  const { buckets, perRequest, perApp } = readings.settings;
  new Counter({
    name: 'total_requests',
    help: 'Attempts to send a request to a backend',
    labelNames: ['component'],
    registers: [exposition],
    collect() {
      this.reset();
      for (const { component, attempts } of readings.components()) this.inc({ component }, attempts);
    },
  });
  if (!perRequest) return;
  exposeHistogram(
    exposition,
    'latency',
    'Milliseconds from the request to the end of its response',
    buckets.latency,
    () => readings.components().map(({ component, latency }) => ({ labels: { component }, cells: latency })),
  );
  exposeHistogram(exposition, 'route_lookup_time', 'Nanoseconds to find a route', buckets.routeLookup, () => [
    { labels: {}, cells: readings.routeLookup() },
  ]);
  exposeHistogram(
    exposition,
    'gorouter_time',
    'Seconds a request spent in the router itself',
    buckets.gorouterTime,
    () => [{ labels: {}, cells: readings.gorouterTime() }],
  );
  if (!perApp) return;
  exposeHistogram(
    exposition,
    'http_latency_seconds',
    'Seconds from the request to the end of its response',
    buckets.httpLatency,
    () => readings.apps().map(([source_id, cells]) => ({ labels: { source_id }, cells })),
  );
}
