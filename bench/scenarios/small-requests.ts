import { findProgram } from '../find-program.ts';
import { autocannon } from '../load/autocannon.ts';
import { wrk } from '../load/wrk.ts';
import { thousands } from '../report/thousands.ts';
import type { CostScenario, LatencyScenario, Scenario } from '../scenario.ts';
import { entrants, LONG, USUAL } from './lengths.ts';

const CONNECTIONS = 64;
const MANY_ROUTES = 100_000;
const MOST = 1.25;

const load = findProgram('wrk') ? wrk({ connections: CONNECTIONS }) : autocannon;

/** What the README shows. */
const get: CostScenario = {
  kind: 'cost',
  name: 'get',
  title: `GET over keep-alive connections, 110-byte answer, 100 001 routes`,
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: [
    { name: 'cellgate', contender: 'cellgate', routes: MANY_ROUTES },
    ...entrants('haproxy', 'nginx', 'caddy', 'undici', 'fastify', 'fast-proxy', 'httpxy', 'http-proxy'),
  ],
  guests: { routes: MANY_ROUTES },
  load,
  length: LONG,
  quick: {
    entrants: ['cellgate', 'haproxy', 'nginx', 'undici'],
    length: { rounds: 7, seconds: 1, warmUp: 3 },
  },
  bounds: [
    { subject: 'cellgate', reference: 'haproxy', most: 1.1 },
    // Eight times its requests per second of CPU.
    { subject: 'cellgate', reference: 'gorouter', most: 1 / 8 },
  ],
};

export const ROUTE_COUNTS = [0, 1000, MANY_ROUTES] as const;

/** Its name among the entrants of `routes`. */
export function withRoutes(routes: number): string {
  return `cellgate, ${thousands(routes + 1)} ${routes === 0 ? 'route' : 'routes'}`;
}

const routes: CostScenario = {
  kind: 'cost',
  name: 'routes',
  title: 'GET by number of routes',
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: [
    ...ROUTE_COUNTS.map((count) => ({ name: withRoutes(count), contender: 'cellgate', routes: count })),
    ...entrants('haproxy', 'nginx'),
  ],
  load,
  length: USUAL,
  bounds: ROUTE_COUNTS.map((count) => ({ subject: withRoutes(count), reference: 'haproxy', most: MOST })),
};

const halfLoad: LatencyScenario = {
  kind: 'latency',
  name: 'half-load',
  title: 'GET at half load, 1 001 routes',
  listener: 'http',
  origin: 'cheapest',
  entrants: entrants('cellgate', 'haproxy', 'nginx', 'undici'),
  load,
  length: { rounds: 5, seconds: 3, warmUp: 3 },
  quick: { entrants: ['cellgate', 'haproxy'], length: { rounds: 3, seconds: 2, warmUp: 3 } },
  bounds: [{ subject: 'cellgate', reference: 'haproxy', most: 0.5 }],
};

const ALL = { name: 'cellgate, in all', contender: 'cellgate-platform' };
const THREAD = { name: 'cellgate, proxy thread', contender: 'cellgate-platform-thread' };

/** A platform runs with metrics of each request, and an agent that listens. */
const boshDefaults: CostScenario = {
  kind: 'cost',
  name: 'bosh-defaults',
  title: "GET with all that gorouter's BOSH job has on, 1 001 routes",
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: [THREAD, ALL, ...entrants('haproxy')],
  guests: {},
  load,
  length: USUAL,
  bounds: [
    { subject: THREAD.name, reference: 'haproxy', most: 1.6 },
    { subject: ALL.name, reference: 'haproxy', most: 2.4 },
  ],
};

export const smallRequests: readonly Scenario[] = [get, routes, halfLoad, boshDefaults];
