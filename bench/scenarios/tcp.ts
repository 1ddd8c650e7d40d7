import { wrk } from '../load/wrk.ts';
import type { CostScenario, Scenario } from '../scenario.ts';
import { entrants, SHORT, USUAL } from './lengths.ts';

const COMMON = {
  kind: 'cost',
  listener: 'tcp',
  origin: 'cheapest',
  entrants: entrants('cellgate', 'haproxy'),
  length: USUAL,
} as const satisfies Partial<CostScenario>;

export const tcp: readonly Scenario[] = [
  {
    ...COMMON,
    name: 'tcp-messages',
    title: 'Small messages there and back through the TCP router',
    unit: 'message',
    load: wrk({ connections: 64 }),
    quick: { entrants: ['cellgate', 'haproxy'], length: SHORT },
    bounds: [{ subject: 'cellgate', reference: 'haproxy', most: 1.3 }],
  },
  {
    ...COMMON,
    name: 'tcp-bulk',
    title: 'Bulk data through the TCP router',
    unit: 'MiB',
    load: wrk({ connections: 8, path: '/16m', operations: 16 }),
    // 0.8 of the throughput per core is 1.25 of the CPU per byte.
    bounds: [{ subject: 'cellgate', reference: 'haproxy', most: 1.25 }],
  },
];
