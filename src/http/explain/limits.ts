import type { Endpoint } from '../../routing/endpoint.ts';
import type { Pool } from '../../routing/pool.ts';
import type { HttpSettings } from '../settings.ts';
import type { ExplainedLimit, Origin } from './explanation.ts';

interface Limit {
  readonly name: string;
  readonly unit: ExplainedLimit['unit'];
  /** Of the configuration, the one that counts before others first. */
  readonly keys: readonly [string, ...string[]];
  value(settings: HttpSettings): number;
}

/** In the order in which a request meets them. */
const LIMITS: readonly Limit[] = [
  limit('client connections of a thread', 'count', (s) => s.maxConnections, 'cellgate.max_connections'),
  limit(
    'client connections of a thread from one address',
    'count',
    (s) => s.maxConnectionsPerAddress,
    'cellgate.max_connections_per_address',
  ),
  limit('silence between requests', 'ms', (s) => s.downstreamIdleTimeout, 'frontend_idle_timeout'),
  limit('reading the head', 'ms', (s) => s.headTimeout, 'read_header_timeout'),
  limit(
    'header of the request',
    'bytes',
    (s) => s.headerBounds.bytes,
    'max_request_header_bytes',
    'max_header_bytes',
  ),
  limit('header lines of the request', 'count', (s) => s.headerBounds.fields, 'max_request_headers'),
  limit('pause in the request', 'ms', (s) => s.requestIdleTimeout, 'cellgate.request_idle_timeout'),
  limit('attempts', 'count', (s) => s.maxAttempts, 'backends.max_attempts'),
  limit('awaited of an endpoint', 'count', (s) => s.maxAwaitedPerBackend, 'backends.max_conns'),
  limit('connecting to an endpoint', 'ms', (s) => s.dialTimeout, 'endpoint_dial_timeout'),
  limit('its TLS handshake', 'ms', (s) => s.handshakeTimeout, 'tls_handshake_timeout'),
  limit('first byte of the response', 'ms', (s) => s.firstByteTimeout, 'cellgate.first_byte_timeout'),
  limit('header of the response', 'bytes', (s) => s.responseHead.bytes, 'max_response_header_bytes'),
  limit('header lines of the response', 'count', (s) => s.responseHead.fields, 'max_response_headers'),
  limit('pause in the response', 'ms', (s) => s.responseIdleTimeout, 'cellgate.response_idle_timeout'),
  limit('taking nothing', 'ms', (s) => s.stalledWriteTimeout, 'cellgate.stalled_write_timeout'),
  limit('silence of a tunnel', 'ms', (s) => s.tunnelIdleTimeout, 'cellgate.tunnel_idle_timeout'),
  limit(
    'passed over after a failure',
    'ms',
    (s) => s.failureMarkSeconds * 1000,
    'start_response_delay_interval',
    'droplet_stale_threshold',
  ),
];

const OF_SERVICE: readonly Limit[] = [
  limit(
    'attempts at the service',
    'count',
    (s) => s.routeServices.maxAttempts,
    'route_services.max_attempts',
  ),
  limit('way back from the service', 'ms', (s) => s.routeServices.timeout, 'route_services_timeout'),
];

const ATTEMPT = ['http_1_endpoint_timeout', 'endpoint_timeout'] as const;

/** Keys whose being given is to be known where requests are explained. */
export const KEYS_OF_LIMITS: readonly string[] = [
  ...[...LIMITS, ...OF_SERVICE].flatMap(({ keys }) => keys),
  ...ATTEMPT,
  'balancing_algorithm',
];

/** What a request of this route may take, and what says so. */
export function limitsOf(
  settings: HttpSettings,
  { endpoints }: Pool,
  odds: ReadonlyMap<Endpoint, number>,
  isDetour: boolean,
): ExplainedLimit[] {
  const general = [...LIMITS, ...(isDetour ? OF_SERVICE : [])].map(({ name, unit, keys, value }) => ({
    name,
    unit,
    value: value(settings),
    ...originOf(keys, settings),
  }));
  const candidates = odds.size > 0 ? [...odds.keys()] : endpoints;
  const own = new Set(candidates.map(({ requestTimeout }) => requestTimeout));
  if (own.size === 0) own.add(0);
  const attempts = [...own].map((value): ExplainedLimit => {
    const about = { name: 'one attempt', unit: 'ms' } as const;
    if (value !== 0) return { ...about, value, from: 'message:options', key: 'request_timeout' };
    return { ...about, value: settings.endpointTimeout, ...originOf(ATTEMPT, settings) };
  });
  return [...general, ...attempts];
}

/** What says how endpoints are chosen. */
export function algorithmOrigin(
  settings: HttpSettings,
  { settings: { loadBalancing }, endpoints }: Pool,
): Origin {
  const isTold =
    loadBalancing !== settings.loadBalancing ||
    endpoints.some((each) => each.loadBalancing === loadBalancing);
  if (isTold) return { from: 'message:options', key: 'loadbalancing' };
  return originOf(['balancing_algorithm'], settings);
}

function originOf(keys: Limit['keys'], { given }: Pick<HttpSettings, 'given'>): Origin {
  const key = keys.find((each) => given.includes(each));
  return key === undefined ? { from: 'built-in', key: keys.at(-1)! } : { from: 'gorouter.yml', key };
}

function limit(name: string, unit: Limit['unit'], value: Limit['value'], ...keys: Limit['keys']): Limit {
  return { name, unit, keys, value };
}
