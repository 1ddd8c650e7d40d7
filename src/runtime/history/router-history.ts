import { latencyPercentile } from '../../latency/cells.ts';
import type { RequestOutcome, RequestSums } from '../../telemetry/request-cells.ts';
import { NOTHING, Series } from './series.ts';

const ROUTER_SERIES = [
  /** Per second: requests that have ended, and what they came to. */
  'requests',
  'answered',
  'client_error',
  'app_error',
  'gateway_error',
  'refused',
  'aborted',
  /** Milliseconds, of those that applications answered. */
  'p50',
  'p95',
  'p99',
  /** At the end of the interval. */
  'in_flight',
  'connections',
  /** Cores that the whole process kept busy. */
  'cpu',
  /** Shares of the time that a loop had something to do: the busiest proxy thread, the control thread. */
  'busiest_thread',
  'control_thread',
  /** Milliseconds that the latest tick of any proxy thread came late. */
  'loop_delay',
] as const;

type RouterSeries = (typeof ROUTER_SERIES)[number];
type RouterPoint = Readonly<Record<RouterSeries, number>>;

/** What can be read at the end of an interval; sums count on from the start of the process. */
export interface Reading {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly requests: RequestSums;
  /** Requests that have begun. */
  readonly begun: number;
  readonly connections: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  readonly threads: readonly { readonly busy: number; readonly late: number }[];
  readonly controlBusy: number;
}

const PER_SECOND = ['answered', 'client_error', 'app_error', 'gateway_error', 'refused', 'aborted'] as const;
/** Points of the last minute. */
const MINUTE = 12;

/** Requests of the last minute, of one router. */
export interface LastMinute {
  readonly requests: number;
  readonly failed: number;
  readonly refused: number;
  /** `latency/cells.ts` */
  readonly latency: Float64Array;
  readonly seconds: number;
}

/** What this router did in the last 15 minutes, made of readings: each point is what is new since the one before. */
export class RouterHistory {
  readonly series = new Series(ROUTER_SERIES);
  readonly #readings: Reading[] = [];

  read(reading: Reading): void {
    const before = this.#readings.at(-1);
    this.#readings.push(reading);
    if (this.#readings.length > MINUTE + 1) this.#readings.shift();
    if (before !== undefined) this.series.add(pointBetween(before, reading));
  }

  /** Null: too early to say. */
  get lastMinute(): LastMinute | null {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined || first === last) return null;
    const since = (name: RequestOutcome): number =>
      last.requests.outcomes[name] - first.requests.outcomes[name];
    return {
      requests: last.requests.ended - first.requests.ended - since('own'),
      failed: since('app_error') + since('gateway_error'),
      refused: since('refused'),
      latency: last.requests.latency.map((count, cell) => count - first.requests.latency[cell]!),
      seconds: (last.at - first.at) / 1000,
    };
  }
}

function pointBetween(before: Reading, now: Reading): RouterPoint {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const rate = (read: (reading: Reading) => number): number =>
    Math.max(0, read(now) - read(before)) / seconds;
  const latency = now.requests.latency.map((count, cell) => count - before.requests.latency[cell]!);
  const isTimed = latency.some((count) => count > 0);
  const percentile = (share: number): number => (isTimed ? latencyPercentile(latency, share) : NOTHING);
  const outcomes = Object.fromEntries(
    PER_SECOND.map((name) => [name, rate(({ requests }) => requests.outcomes[name])]),
  ) as Record<(typeof PER_SECOND)[number], number>;
  const { threads } = now;
  return {
    ...outcomes,
    // Health checks are asked by machines, and would look like traffic.
    requests: rate(({ requests }) => requests.ended - requests.outcomes.own),
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    in_flight: Math.max(0, now.begun - now.requests.ended),
    connections: now.connections,
    cpu: rate(({ cpu }) => cpu) / 1000,
    busiest_thread: Math.max(0, ...threads.map(({ busy }) => busy)),
    control_thread: now.controlBusy,
    loop_delay: Math.max(0, ...threads.map(({ late }) => late)),
  };
}
