import { countedWithin, sumOfTimes } from '../latency/bounds.ts';
import type { CounterName } from '../telemetry/counters.ts';
import type { RequestSums } from '../telemetry/request-cells.ts';
import type { CounterReading, HistogramReading, Point, Reading } from './reading.ts';

/** Read when metrics are sent, never before. */
export interface RouterFigures {
  /** The sum over all proxy threads. */
  readonly count: (name: CounterName) => number;
  /** The same. */
  requests(): RequestSums;
  readonly table: { readonly poolCount: number };
  busState(): string;
}

const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;
/** Those of the semantic conventions. Milliseconds. */
const BOUNDS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
const OUTCOMES = ['exported', 'dropped', 'refused'] as const;

/** The figures of a router that matter, by the names of the semantic conventions where there are such. */
export function routerReadings({ count, requests, table, busState }: RouterFigures): Reading[] {
  const { outcomes, ended, latency } = requests();
  const counter = (name: string, unit: string, description: string, source: CounterName): CounterReading =>
    single('counter', name, unit, description, count(source));
  return [
    durations(latency),
    single(
      'sum',
      'http.server.active_requests',
      '{request}',
      'Requests under way',
      Math.max(0, count('requests') - ended),
    ),
    counter('cellgate.requests', '{request}', 'Requests received', 'requests'),
    {
      kind: 'counter',
      name: 'cellgate.requests.ended',
      unit: '{request}',
      description: 'Requests by what they came to',
      points: Object.entries(outcomes).map(([outcome, value]) => ({ attributes: { outcome }, value })),
    },
    {
      kind: 'counter',
      name: 'cellgate.responses',
      unit: '{response}',
      description: 'Answers to requests that had a backend',
      points: STATUS_CLASSES.map((group) => point('http.response.status_class', group, `responses_${group}`)),
    },
    counter(
      'cellgate.requests.rejected',
      '{request}',
      'Answered 400 or 404 by the router',
      'rejected_requests',
    ),
    counter('cellgate.bad_gateways', '{response}', 'Answers 502 made by the router', 'bad_gateways'),
    counter('cellgate.retries', '{attempt}', 'Attempts after the first of a request', 'retries'),
    single(
      'sum',
      'cellgate.client.connections',
      '{connection}',
      'Connections from clients that are open',
      count('downstream_opened') - count('downstream_closed'),
    ),
    single(
      'sum',
      'cellgate.backend.connections',
      '{connection}',
      'Connections to backends that are open',
      count('upstream_opened') - count('upstream_closed'),
    ),
    single('gauge', 'cellgate.routes', '{route}', 'Routes in the table', table.poolCount),
    single('gauge', 'cellgate.bus.connected', '1', '1 while NATS is connected', isConnected()),
    {
      kind: 'counter',
      name: 'cellgate.otel.spans',
      unit: '{span}',
      description: 'What became of spans',
      points: OUTCOMES.map((outcome) => point('outcome', outcome, `spans_${outcome}`)),
    },
  ];

  function point(attribute: string, value: string, source: CounterName): Point {
    return { attributes: { [attribute]: value }, value: count(source) };
  }

  function isConnected(): number {
    return busState() === 'connected' ? 1 : 0;
  }
}

/** @param latency `latency/cells.ts` */
function durations(latency: ArrayLike<number>): HistogramReading {
  return {
    kind: 'histogram',
    name: 'http.server.request.duration',
    unit: 's',
    description: 'From the request to the end of its response',
    bounds: BOUNDS.map((each) => each / 1000),
    counts: countedWithin(latency, BOUNDS),
    sum: sumOfTimes(latency) / 1000,
  };
}

function single(
  kind: CounterReading['kind'],
  name: string,
  unit: string,
  description: string,
  value: number,
): CounterReading {
  return { kind, name, unit, description, points: [{ attributes: {}, value }] };
}
