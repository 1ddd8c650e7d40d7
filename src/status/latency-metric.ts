import type { Registry } from 'prom-client';
import { countedWithin, sumOfTimes } from '../latency/bounds.ts';
import { exposeHistogram } from './histogram-metric.ts';

/** Seconds: those of OpenTelemetry's HTTP metrics, and some beyond. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** How long answers took. @param read `latency/cells.ts` */
export function exposeLatency(exposition: Registry, read: () => ArrayLike<number>): void {
  exposeHistogram(
    exposition,
    'cellgate_request_seconds',
    'Time from a request to the end of its response; WebSockets and clients that went away are not in it',
    BOUNDS,
    () => [{ labels: {}, cells: histogramOf(read()) }],
  );
}

/** The sum, what is in each bucket, and what is beyond all. */
function histogramOf(cells: ArrayLike<number>): number[] {
  const bounds = BOUNDS.map((bound) => bound * 1000);
  return [sumOfTimes(cells) / 1000, ...countedWithin(cells, bounds)];
}
