import type { CounterName } from '../telemetry/counters.ts';
import type { MeterReadings } from '../telemetry/meter-readings.ts';
import type { CounterReading, HistogramReading, Point, Reading } from './reading.ts';

/** Read when metrics are sent, never before. */
export interface RouterFigures {
  /** The sum over all proxy threads. */
  readonly count: (name: CounterName) => number;
  readonly meters: Pick<MeterReadings, 'settings' | 'components'>;
  readonly table: { readonly poolCount: number };
  busState(): string;
}

const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;
const OUTCOMES = ['exported', 'dropped', 'refused'] as const;

/** The figures of a router that matter, by the names of the semantic conventions where there are such. */
export function routerReadings({ count, meters, table, busState }: RouterFigures): Reading[] {
  const counter = (name: string, unit: string, description: string, source: CounterName): CounterReading =>
    single('counter', name, unit, description, count(source));
  return [
    ...(meters.settings.perRequest ? [durations(meters)] : []),
    counter('cellgate.requests', '{request}', 'Requests received', 'requests'),
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

/** In seconds, in the buckets of `latency`, which the configuration says in milliseconds. */
function durations(meters: RouterFigures['meters']): HistogramReading {
  const bounds = meters.settings.buckets.latency;
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  let sum = 0;
  for (const { latency } of meters.components()) {
    sum += latency[0]!;
    for (let at = 0; at < counts.length; at++) counts[at]! += latency[at + 1]!;
  }
  return {
    kind: 'histogram',
    name: 'http.server.request.duration',
    unit: 's',
    description: 'From the request to the end of its response, of requests that had a backend',
    bounds: bounds.map((each) => each / 1000),
    counts,
    sum: sum / 1000,
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
