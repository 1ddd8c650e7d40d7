import { h2load } from '../load/h2load.ts';
import { handshakes } from '../load/handshakes.ts';
import { wrk } from '../load/wrk.ts';
import type { CostScenario, Scenario } from '../scenario.ts';
import { entrants, SHORT, USUAL } from './lengths.ts';

const COMMON = {
  kind: 'cost',
  unit: 'request',
  listener: 'https',
  origin: 'cheapest',
  length: USUAL,
} as const satisfies Partial<CostScenario>;

const againstHaproxy = (most: number) => [{ subject: 'cellgate', reference: 'haproxy', most }];

export const tls: readonly Scenario[] = [
  {
    ...COMMON,
    name: 'tls',
    title: 'GET over TLS, keep-alive connections',
    entrants: entrants('cellgate', 'haproxy', 'nginx', 'caddy'),
    load: wrk({ connections: 64 }),
    quick: { entrants: ['cellgate', 'haproxy'], length: SHORT },
    bounds: againstHaproxy(1.3),
  },
  {
    ...COMMON,
    name: 'tls-handshake',
    title: 'Full TLS handshakes, ECDSA P-256',
    unit: 'handshake',
    entrants: entrants('cellgate', 'haproxy', 'nginx'),
    load: handshakes('full'),
    bounds: againstHaproxy(1.25),
  },
  {
    ...COMMON,
    name: 'tls-resumed',
    title: 'Resumed TLS handshakes',
    unit: 'handshake',
    entrants: entrants('cellgate', 'haproxy', 'nginx'),
    load: handshakes('resumed'),
    bounds: againstHaproxy(1.35),
  },
  {
    ...COMMON,
    name: 'h2',
    title: 'GET over HTTP/2 and TLS',
    entrants: entrants('cellgate', 'haproxy', 'nginx', 'nghttpx', 'caddy'),
    load: h2load,
    bounds: againstHaproxy(1.5),
  },
  {
    ...COMMON,
    name: 'h2c',
    title: 'GET over HTTP/2 without TLS',
    listener: 'h2c',
    entrants: entrants('cellgate', 'haproxy', 'nginx', 'nghttpx', 'caddy'),
    load: h2load,
    bounds: againstHaproxy(1.5),
  },
];
