import { websocket } from '../load/websocket.ts';
import { wrk } from '../load/wrk.ts';
import type { CostScenario, Scenario } from '../scenario.ts';
import { entrants, USUAL } from './lengths.ts';

const MOST = 1.25;
const COMMON = {
  kind: 'cost',
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: entrants('cellgate', 'haproxy', 'nginx'),
  length: USUAL,
  bounds: [{ subject: 'cellgate', reference: 'haproxy', most: MOST }],
} as const satisfies Partial<CostScenario>;

/** By number of connections. */
export const busyConnections: ReadonlyMap<number, CostScenario> = new Map([
  [
    1000,
    {
      ...COMMON,
      name: 'connections-1000',
      title: 'GET over 1 000 busy connections',
      load: wrk({ connections: 1000 }),
      descriptors: 3000,
    },
  ],
  [
    10_000,
    {
      ...COMMON,
      name: 'connections-10000',
      title: 'GET over 10 000 busy connections',
      load: wrk({ connections: 10_000 }),
      originEach: true,
      // Opening them takes a good part of a second.
      length: { rounds: 3, seconds: 5, warmUp: 5 },
      descriptors: 20_000,
    },
  ],
]);

export const connections: readonly Scenario[] = [
  {
    ...COMMON,
    name: 'new-connection',
    title: 'GET, each over a connection of its own',
    load: wrk({ connections: 64, headers: ['Connection: close'] }),
    bounds: [{ subject: 'cellgate', reference: 'haproxy', most: 1.2 }],
  },
  ...busyConnections.values(),
  {
    ...COMMON,
    name: 'websocket',
    title: 'WebSocket messages',
    unit: 'message',
    origin: 'versatile',
    load: websocket,
  },
];
