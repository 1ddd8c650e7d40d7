import type { Random } from '../../fuzz/random.ts';
import type { PoolSettings } from '../../src/routing/change.ts';
import type { Endpoint, LoadBalancing } from '../../src/routing/endpoint.ts';
import type { EndpointOrder } from '../../src/routing/endpoint-orders.ts';
import { readSplit, type Split } from '../../src/routing/split.ts';

/** An endpoint, and what is to be the matter with it. */
interface Standing {
  readonly route: string;
  /** Without its seat. */
  readonly endpoint: Partial<Endpoint>;
  readonly order: EndpointOrder | null;
  readonly isFailed: boolean;
  readonly isFull: boolean;
  readonly inFlight: number;
}

/** A table, and a request for it. */
export interface Scenario {
  readonly routes: readonly Partial<PoolSettings>[];
  readonly standing: readonly Standing[];
  readonly preferredZone: string;
  readonly loadBalancing: LoadBalancing;
  readonly path: string;
  readonly lines: readonly string[];
  readonly clientIp: string;
}

const APPS = ['a', 'b', 'c'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
const USER = '00000000-0000-4000-8000-0000000000f1';
const ALGORITHMS = ['round-robin', 'least-connection', 'hash'] as const;
const KEYS = ['none', 'none', 'client-ip', 'user', 'cookie:UID', 'header:X-User'] as const;
const WEIGHTS = [0, 1, 1, 2, 3, 10, 500, 9999] as const;
export const HOST = 'shop.test';
const ROUTES = [HOST, `${HOST}/cart`, '*.test'] as const;
const PATHS = ['/', '/cart', '/cart/1?x=y'] as const;
const MOST_ENDPOINTS = 8;
/** Of the requests that await a response; see `world.ts`. */
export const MOST_AWAITED = 3;

export function scenarioOf(random: Random): Scenario {
  const known = ROUTES.filter((_, at) => at === 0 || random.oneIn(3));
  const routes = known.map((routeKey) => routeOf(random, routeKey));
  const standing = known.flatMap((route, at) => standingOf(random, route, at));
  const names = standing.map(({ endpoint }) => endpoint.instanceId!);
  return {
    routes,
    standing,
    preferredZone: random.oneIn(4) ? 'z1' : '',
    loadBalancing: random.pick(['round-robin', 'least-connection']),
    path: random.pick(PATHS),
    lines: linesOf(random, names),
    clientIp: `10.0.0.${random.below(250)}`,
  };
}

function routeOf(random: Random, routeKey: string): Partial<PoolSettings> {
  const loadBalancing = random.pick(ALGORITHMS);
  const isHashed = loadBalancing === 'hash';
  return {
    routeKey,
    loadBalancing,
    hashHeader: isHashed ? 'x-hash' : '',
    hashBalance: isHashed && random.oneIn(2) ? 1.25 : 0,
    split: random.oneIn(3) ? null : splitOf(random, routeKey),
  };
}

function splitOf(random: Random, id: string): Split | null {
  const candidates = [...APPS.map((app) => `app:${app}`), 'tag:tier=gold', 'rest'];
  const selectors = candidates.filter((selector) => random.below(3) > 0 || selector === 'rest');
  const arms = selectors.map((selector) => ({ selector, weight: random.pick(WEIGHTS) }));
  const read = readSplit({ arms, key: random.pick(KEYS), on_empty: random.pick(['spill', 'fail']) }, id);
  return read.ok ? read.split : null;
}

function standingOf(random: Random, route: string, at: number): Standing[] {
  const count = 1 + random.below(MOST_ENDPOINTS);
  // Where all are well nothing of the rest is tried, and where none is little.
  const trouble = random.pick([0, 6, 3, 1.5]);
  const happens = (): boolean => trouble > 0 && random.below(Math.ceil(trouble * 10)) < 10;
  return Array.from({ length: count }, (_, index) => ({
    route,
    endpoint: {
      port: 1000 + at * 100 + index,
      appId: random.pick(APPS),
      instanceId: `${at}-${index}`,
      instanceIndex: String(index),
      availabilityZone: random.pick(['', 'z1', 'z2']),
      tags: random.oneIn(3) ? { tier: 'gold' } : null,
    },
    order: happens() && random.oneIn(2) ? random.pick(['drain', 'hold']) : null,
    isFailed: happens() && random.oneIn(2),
    isFull: happens() && random.oneIn(3),
    inFlight: random.oneIn(2) ? 0 : random.below(4),
  }));
}

function linesOf(random: Random, names: readonly string[]): string[] {
  const cookies: string[] = [];
  if (random.oneIn(4))
    cookies.push('JSESSIONID=1', `__VCAP_ID__=${random.oneIn(5) ? 'gone' : random.pick(names)}`);
  if (random.oneIn(3)) cookies.push(`UID=${random.below(1000)}`);
  if (random.oneIn(3)) cookies.push(`__cellgate_arm=${USER}`);
  const lines: string[] = [];
  if (cookies.length > 0) lines.push(`Cookie: ${cookies.join('; ')}`);
  if (random.oneIn(2)) lines.push(`X-User: ${random.below(1000)}`);
  if (random.below(3) > 0) lines.push(`X-Hash: ${random.below(1000)}`);
  if (random.oneIn(8)) lines.push(`X-CF-App-Instance: ${random.pick(APPS)}:${random.below(3)}`);
  return lines;
}
