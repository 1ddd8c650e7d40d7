import { z } from 'zod';
import { LATENCY_CELLS, latencyPercentile } from '../../latency/cells.ts';
import { cellsOf, pairsOf } from '../../latency/sparse-cells.ts';

/** What one router did in the last minute: sums alone, which may cross the bus. */
export interface Figures {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  /** By the router itself: no route, a rule, a limit. */
  readonly refused: number;
  readonly inFlight: number;
  /** Share of the time that its busiest proxy thread had something to do. */
  readonly busy: number;
  /** `latency/cells.ts` */
  readonly latency: ArrayLike<number>;
}

const count = z.number().min(0).max(1e15);
const FIGURES = z.object({
  seconds: z.number().min(0).max(3600),
  requests: count,
  failed: count,
  refused: count,
  in_flight: count,
  busy: z.number().min(0).max(1),
  latency: z.array(count).max(2 * LATENCY_CELLS),
});

/** Null: it is none of ours. */
export function readFigures(fields: unknown): Figures | null {
  const read = FIGURES.safeParse(fields);
  if (!read.success) return null;
  const { in_flight: inFlight, latency, ...rest } = read.data;
  return { ...rest, inFlight, latency: cellsOf(latency) };
}

/** As it crosses the bus. */
export function figuresJson({ inFlight, latency, ...rest }: Figures): object {
  return { ...rest, in_flight: inFlight, latency: pairsOf(latency) };
}

/** As people read them; null: too early to say. */
export function shownFigures({
  seconds,
  requests,
  failed,
  refused,
  inFlight,
  busy,
  latency,
}: Figures): object | null {
  if (seconds === 0) return null;
  const percentile = (share: number): number | null => {
    const ms = latencyPercentile(latency, share);
    return ms === 0 ? null : Number(ms.toPrecision(3));
  };
  return {
    requests_per_second: Number((requests / seconds).toPrecision(4)),
    failed_share: requests === 0 ? 0 : failed / requests,
    requests,
    failed,
    refused,
    p50_ms: percentile(0.5),
    p95_ms: percentile(0.95),
    p99_ms: percentile(0.99),
    in_flight: inFlight,
    busy,
  };
}

/** Of several routers together. */
export function summed(all: Iterable<Figures>): Figures {
  const latency = new Float64Array(LATENCY_CELLS);
  let [seconds, requests, failed, refused, inFlight, busy] = [0, 0, 0, 0, 0, 0];
  for (const each of all) {
    // A router that has begun just now is put on the others' time.
    seconds = Math.max(seconds, each.seconds);
    requests += each.requests;
    failed += each.failed;
    refused += each.refused;
    inFlight += each.inFlight;
    busy = Math.max(busy, each.busy);
    for (let cell = 0; cell < LATENCY_CELLS; cell++) latency[cell]! += each.latency[cell] ?? 0;
  }
  return { seconds, requests, failed, refused, inFlight, busy, latency };
}
