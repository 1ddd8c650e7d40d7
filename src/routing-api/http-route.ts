import { unbracketed } from '../address/backend-host.ts';
import { hostPort } from '../address/host-port.ts';
import type { RouteMessage } from '../bus/route-message.ts';
import { hostProblem, uriProblem } from '../bus/route-spelling.ts';
import type { ModificationTag } from '../routing/modification-tag.ts';

export interface HttpRoute {
  readonly message: RouteMessage;
  readonly tag: ModificationTag;
}

export type DecodedHttpRoute =
  | { readonly ok: true; readonly route: HttpRoute }
  | { readonly ok: false; readonly error: string };

/** A Route of the routing API (docs/compatibility.md §7.6) as the registration of one endpoint (§6.8). Never throws. */
export function decodeHttpRoute(value: unknown): DecodedHttpRoute {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const uri = fields['route'];
  const ip = fields['ip'];
  const port = fields['port'];
  const seconds = fields['ttl'] ?? 0;
  const guid = fields['log_guid'] ?? '';
  const service = fields['route_service_url'] ?? '';
  if (typeof uri !== 'string') return refused('route: allowed: text');
  const problem = uriProblem(uri);
  if (problem !== undefined) return refused(`route: ${problem}`);
  if (!isInteger(port, 1, 65_535)) return refused('port: allowed: an integer from 1 to 65535');
  if (typeof ip !== 'string') return refused('ip: allowed: text');
  const host = unbracketed(ip);
  const unreachable = hostProblem(host, port);
  if (unreachable !== undefined) return refused(unreachable.replace(/^host/, 'ip'));
  if (!isInteger(seconds, 0, 2 ** 31)) return refused('ttl: allowed: an integer from 0');
  if (typeof guid !== 'string') return refused('log_guid: allowed: text');
  if (typeof service !== 'string' || (service !== '' && !service.startsWith('https://')))
    return refused('route_service_url: allowed: a URL that begins with https://');
  const tag = tagOf(fields['modification_tag']);
  if (tag === null) return refused('modification_tag: allowed: {guid, index}');
  return {
    ok: true,
    route: {
      message: {
        ...PLAIN,
        uris: [uri],
        host,
        port,
        address: hostPort(host, port),
        serverCertDomainSan: guid,
        appId: guid,
        routeServiceUrl: service,
        staleThreshold: seconds,
      },
      tag,
    },
  };
}

/** What the routing API does not know of an endpoint. */
const PLAIN = {
  tls: false,
  protocol: 'http1',
  instanceId: '',
  instanceIndex: '',
  availabilityZone: '',
  isolationSegment: '',
  tags: null,
  updatedAtNs: '0',
  loadBalancing: '',
  requestTimeout: 0,
  hashHeader: '',
  hashBalance: 0,
  routePolicy: null,
} as const;

function tagOf(value: unknown): ModificationTag | null {
  if (value === undefined || value === null) return { guid: '', index: 0 };
  if (typeof value !== 'object') return null;
  const { guid = '', index = 0 } = value as { guid?: unknown; index?: unknown };
  return typeof guid === 'string' && isInteger(index, 0, 2 ** 32 - 1) ? { guid, index } : null;
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function refused(error: string): DecodedHttpRoute {
  return { ok: false, error };
}
