import { LATENCY_CELLS, latencyPercentile } from '../../latency/cells.ts';
import { pairsOf } from '../../latency/sparse-cells.ts';
import type { RouteRow } from '../../routing/route-traffic.ts';
import { INTERVAL_MS, NOTHING, POINTS, Series } from './series.ts';

export const ROUTE_SERIES = ['requests', 'failed', 'p50', 'p95'] as const;
export type RouteSeries = (typeof ROUTE_SERIES)[number];

/** Routes whose past is kept: some 5 KB each. */
const MOST_ROUTES = 500;
/** Intervals of it. */
const MINUTE = 12;

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

/** A route in one interval; of latency the cells that are not empty, each behind its number. */
type Interval = Omit<RouteRow, 'route'>;

const QUIET: Interval = { requests: 0, failed: 0, latency: [] };

interface Kept {
  readonly route: string;
  readonly series: Series<RouteSeries>;
  /** The last one in which it had requests. */
  lastAt: number;
  /** Of the last minute. */
  readonly recent: Interval[];
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
  /** How long the intervals of the last minute were. */
  readonly #seconds: number[] = [];
  #points = 0;

  /** An interval is over. @param rows of all threads */
  add(rows: Iterable<RouteRow>, seconds = INTERVAL_MS / 1000): void {
    const sums = sumUp(rows);
    for (const [route, sum] of sums) this.#take(route, sum, seconds);
    this.#points++;
    push(this.#seconds, seconds);
    const minute = this.#seconds.reduce((sum, each) => sum + each, 0);
    for (const kept of this.#kept.values()) {
      if (!sums.has(kept.route)) {
        kept.series.add({ requests: 0, failed: 0, p50: NOTHING, p95: NOTHING });
        push(kept.recent, QUIET);
      }
      kept.minute = minuteOf(kept, minute);
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
    push(kept.recent, { requests: sum.requests, failed: sum.failed, latency: pairsOf(sum.latency) });
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
    const kept: Kept = { route, series: new Series(ROUTE_SERIES), lastAt: 0, recent: [], minute };
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
    addPairs(sum.latency, latency);
    sum.isTimed ||= latency.length > 0;
  }
  return sums;
}

/** What is older than a minute goes. */
function push<T>(recent: T[], latest: T): void {
  recent.push(latest);
  if (recent.length > MINUTE) recent.shift();
}

function minuteOf({ route, recent }: Kept, seconds: number): RouteMinute {
  const total = (name: 'requests' | 'failed'): number => recent.reduce((sum, each) => sum + each[name], 0);
  const cells = new Uint32Array(LATENCY_CELLS);
  for (const { latency } of recent) addPairs(cells, latency);
  const isTimed = recent.some(({ latency }) => latency.length > 0);
  const p95 = isTimed ? latencyPercentile(cells, 0.95) : NOTHING;
  return { route, requests: total('requests'), failed: total('failed'), p95, seconds };
}

function addPairs(cells: Uint32Array, pairs: readonly number[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) cells[pairs[at]!]! += pairs[at + 1]!;
}
