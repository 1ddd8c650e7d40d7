import { LATENCY_CELLS, latencyPercentile } from '../../latency/cells.ts';
import type { RouteRow } from '../../routing/route-traffic.ts';
import { INTERVAL_MS, NOTHING, POINTS, Series } from './series.ts';

export const ROUTE_SERIES = ['requests', 'failed', 'p50', 'p95'] as const;
export type RouteSeries = (typeof ROUTE_SERIES)[number];

/** Routes whose past is kept: 2.9 KB each. */
const MOST_ROUTES = 500;
/** Points of it. */
const MINUTE = 12;
/** Below any time. */
const UNTIMED = -1;

/** What became of a route's requests in the last minute, on this router. */
export interface RouteMinute {
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds; `NaN`: nothing was timed. */
  readonly p95: number;
  /** How long the minute is: less than 60 as long as the router is young. */
  readonly seconds: number;
}

interface Kept {
  readonly route: string;
  readonly series: Series<RouteSeries>;
  /** The last one in which it had requests. */
  lastAt: number;
  minute: RouteMinute;
}

/** One route in one interval, over all threads. */
interface Sum {
  requests: number;
  failed: number;
  readonly latency: Uint32Array;
  isTimed: boolean;
}

/** The last 15 minutes of the busiest routes. The quietest makes room for another. */
export class RouteHistory {
  readonly #kept = new Map<string, Kept>();
  #points = 0;

  /** An interval is over. @param rows of all threads */
  add(rows: Iterable<RouteRow>, seconds = INTERVAL_MS / 1000): void {
    const sums = sumUp(rows);
    for (const [route, sum] of sums) this.#take(route, sum, seconds);
    this.#points++;
    const points = Math.min(this.#points, MINUTE);
    for (const kept of this.#kept.values()) {
      if (!sums.has(kept.route)) kept.series.add({ requests: 0, failed: 0, p50: NOTHING, p95: NOTHING });
      kept.minute = minuteOf(kept, seconds, points * seconds);
    }
    for (const [route, { lastAt }] of this.#kept) {
      if (this.#points - lastAt > POINTS) this.#kept.delete(route);
    }
  }

  /** Null: it is not among those that are kept, or had no requests. */
  of(route: string): Series<RouteSeries> | null {
    return this.#kept.get(route)?.series ?? null;
  }

  minute(route: string): RouteMinute | null {
    return this.#kept.get(route)?.minute ?? null;
  }

  /** Those that had requests in the last minute, the busiest first. */
  busiest(): RouteMinute[] {
    return this.#inLastMinute().toSorted((a, b) => b.requests - a.requests);
  }

  /** Those that failed in the last minute, the most failures first. */
  failing(): RouteMinute[] {
    return this.#inLastMinute()
      .filter(({ failed }) => failed > 0)
      .toSorted((a, b) => b.failed - a.failed);
  }

  #inLastMinute(): RouteMinute[] {
    return Array.from(this.#kept.values(), ({ minute }) => minute).filter(({ requests }) => requests > 0);
  }

  #take(route: string, sum: Sum, seconds: number): void {
    const kept = this.#kept.get(route) ?? this.#keep(route, sum);
    if (kept === null) return;
    kept.lastAt = this.#points;
    const percentile = (share: number): number =>
      sum.isTimed ? latencyPercentile(sum.latency, share) : NOTHING;
    kept.series.add({
      requests: sum.requests / seconds,
      failed: sum.failed / seconds,
      p50: percentile(0.5),
      p95: percentile(0.95),
    });
  }

  /** Null: all that are kept are busier. */
  #keep(route: string, sum: Sum): Kept | null {
    if (this.#kept.size >= MOST_ROUTES && !this.#makeRoom(sum)) return null;
    const minute = { route, requests: 0, failed: 0, p95: NOTHING, seconds: 0 };
    const kept: Kept = { route, series: new Series(ROUTE_SERIES), lastAt: 0, minute };
    this.#kept.set(route, kept);
    return kept;
  }

  /** Whoever has had no request for longest goes, or else who had fewer in a minute than this one in an interval. */
  #makeRoom({ requests }: Sum): boolean {
    let quietest: Kept | null = null;
    for (const kept of this.#kept.values()) {
      if (quietest === null || isQuieter(kept, quietest)) quietest = kept;
    }
    if (quietest === null) return false;
    if (quietest.lastAt === this.#points && quietest.minute.requests >= requests) return false;
    return this.#kept.delete(quietest.route);
  }
}

function isQuieter(one: Kept, other: Kept): boolean {
  if (one.lastAt !== other.lastAt) return one.lastAt < other.lastAt;
  return one.minute.requests < other.minute.requests;
}

function sumUp(rows: Iterable<RouteRow>): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { route, requests, failed, latency } of rows) {
    let sum = sums.get(route);
    if (sum === undefined) {
      sum = { requests: 0, failed: 0, latency: new Uint32Array(LATENCY_CELLS), isTimed: false };
      sums.set(route, sum);
    }
    sum.requests += requests;
    sum.failed += failed;
    for (let at = 0; at + 1 < latency.length; at += 2) sum.latency[latency[at]!]! += latency[at + 1]!;
    sum.isTimed ||= latency.length > 0;
  }
  return sums;
}

function minuteOf({ route, series }: Kept, interval: number, seconds: number): RouteMinute {
  const from = Math.max(0, series.count - MINUTE);
  const total = (name: 'requests' | 'failed'): number =>
    Math.round(series.from(from, name).reduce((sum, value) => sum + value, 0) * interval);
  // The worst interval of the minute: a mean of percentiles is none.
  const p95 = Math.max(UNTIMED, ...series.from(from, 'p95').filter((value) => !Number.isNaN(value)));
  return {
    route,
    requests: total('requests'),
    failed: total('failed'),
    p95: p95 < 0 ? NOTHING : p95,
    seconds,
  };
}
