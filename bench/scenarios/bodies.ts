import { wrk } from '../load/wrk.ts';
import type { CostScenario, Scenario } from '../scenario.ts';
import { STREAM, STREAM_CHUNKS, UPLOAD } from '../target.ts';
import { entrants, USUAL } from './lengths.ts';

const MOST = 1.25;
const COMMON = {
  kind: 'cost',
  unit: 'request',
  listener: 'http',
  entrants: entrants('cellgate', 'haproxy', 'nginx', 'caddy', 'undici'),
  length: USUAL,
  bounds: [{ subject: 'cellgate', reference: 'haproxy', most: MOST }],
} as const satisfies Partial<CostScenario>;

export const bodies: readonly Scenario[] = [
  {
    ...COMMON,
    name: 'download-10k',
    title: 'Downloads of 10 KiB',
    origin: 'cheapest',
    load: wrk({ connections: 64, path: '/10k' }),
  },
  {
    ...COMMON,
    name: 'download-1m',
    title: 'Downloads of 1 MiB',
    origin: 'cheapest',
    load: wrk({ connections: 16, path: '/1m' }),
  },
  {
    ...COMMON,
    name: 'upload-1m',
    title: 'Uploads of 1 MiB',
    origin: 'versatile',
    load: wrk({ connections: 16, path: UPLOAD, body: 1 << 20 }),
  },
  {
    ...COMMON,
    name: 'stream',
    title: `Chunked answers, ${STREAM_CHUNKS} chunks of 1 KiB, each passed on when it comes`,
    entrants: [
      ...entrants('cellgate'),
      { name: 'haproxy', contender: 'haproxy-prompt' },
      { name: 'haproxy, gathering', contender: 'haproxy' },
      ...entrants('nginx', 'caddy', 'undici'),
    ],
    origin: 'versatile',
    load: wrk({ connections: 64, path: STREAM }),
  },
];
