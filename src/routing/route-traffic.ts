import { LATENCY_CELLS, latencyCell } from '../latency/cells.ts';
import { pairsOf } from '../latency/sparse-cells.ts';

/** Routes that are told of at once. */
const MOST_TOLD = 200;
/** Routes that are noted between two times; requests for more are counted for the router alone. */
const MOST_NOTED = 20_000;
/** A request that failed is worth so many others: a small route that fails is to be seen among large ones. */
const WORTH_OF_FAILURE = 50;

/** Requests for one route on one thread since this was last told. */
export interface RouteRow {
  readonly route: string;
  readonly requests: number;
  /** Those that an application answered with 500 or above, or not at all. */
  readonly failed: number;
  /** `latency/cells.ts`, each behind its number; of those whose time was counted. */
  readonly latency: readonly number[];
}

/** What is counted for one route. */
export class RouteCount {
  readonly route: string;
  requests = 0;
  failed = 0;
  /** Of routes that were told of the last time; null: nobody would ask for it. */
  latency: Uint32Array | null = null;

  constructor(route: string) {
    this.route = route;
  }

  get worth(): number {
    return this.requests + this.failed * WORTH_OF_FAILURE;
  }
}

/** Whatever is counted for, with a place for the count. */
export interface Counted {
  count: RouteCount | null;
  readonly settings: { readonly routeKey: string };
}

/** Counts requests by route on one thread, and tells of the busiest ones. It costs two additions a request. */
export class RouteTraffic {
  #noted: RouteCount[] = [];

  /** @param ms negative: no time is counted */
  note(counted: Counted, failed: boolean, ms: number): void {
    let { count } = counted;
    if (count === null) {
      count = new RouteCount(counted.settings.routeKey);
      counted.count = count;
    }
    if (count.requests === 0) {
      if (this.#noted.length >= MOST_NOTED) return;
      this.#noted.push(count);
    }
    count.requests++;
    if (failed) count.failed++;
    if (ms >= 0 && count.latency !== null) count.latency[latencyCell(ms)]!++;
  }

  /** What has been counted since the last time, for the busiest routes; their times are counted from now on. */
  take(): RouteRow[] {
    const noted = this.#noted;
    this.#noted = [];
    const choice = choiceAmong(noted);
    let { room } = choice;
    const rows: RouteRow[] = [];
    for (const count of noted) {
      const isTold = count.worth >= choice.always || (count.worth >= choice.perhaps && room-- > 0);
      if (isTold) rows.push(rowOf(count));
      count.requests = 0;
      count.failed = 0;
      if (!isTold) count.latency = null;
      else if (count.latency === null) count.latency = new Uint32Array(LATENCY_CELLS);
      else count.latency.fill(0);
    }
    return rows;
  }
}

function rowOf({ route, requests, failed, latency }: RouteCount): RouteRow {
  return { route, requests, failed, latency: latency === null ? [] : pairsOf(latency) };
}

/** Which routes are told of: all that are worth so much, and of those that are worth about half of it as many as fit. */
interface Choice {
  readonly always: number;
  readonly perhaps: number;
  readonly room: number;
}

/** All are looked at once and none is sorted: there may be thousands, and requests wait meanwhile. */
function choiceAmong(counts: readonly RouteCount[]): Choice {
  const byDoubling = new Uint32Array(32);
  for (const { worth } of counts) byDoubling[31 - Math.clz32(worth)]!++;
  let told = 0;
  for (let doubling = 31; doubling >= 0; doubling--) {
    const alike = byDoubling[doubling]!;
    if (told + alike >= MOST_TOLD) {
      return { always: 2 ** (doubling + 1), perhaps: 2 ** doubling, room: MOST_TOLD - told };
    }
    told += alike;
  }
  return { always: 0, perhaps: 0, room: 0 };
}
