import { wrk } from '../load/wrk.ts';
import type { Scenario } from '../scenario.ts';

const ONE = { name: 'cellgate, 1 thread', contender: 'cellgate', threads: 1 };
const TWO = { name: 'cellgate, 2 threads', contender: 'cellgate', threads: 2 };

export const threads: readonly Scenario[] = [
  {
    kind: 'cost',
    name: 'threads',
    title: 'CPU per request with two proxy threads',
    unit: 'request',
    listener: 'http',
    origin: 'cheapest',
    entrants: [ONE, TWO],
    load: wrk({ connections: 64 }),
    length: { rounds: 7, seconds: 1, warmUp: 3 },
    bounds: [{ subject: TWO.name, reference: ONE.name, most: 1.1 }],
    sharedCores: true,
  },
  {
    kind: 'spread',
    name: 'spread',
    title: '8 long connections over two proxy threads',
    listener: 'http',
    origin: 'cheapest',
    entrants: [TWO],
    connections: 8,
    length: { rounds: 20, seconds: 0.05, warmUp: 0 },
  },
];
