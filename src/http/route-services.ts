import { balancerFor } from '../balancer/balancer.ts';
import { readAllowlist } from '../route-service/hairpin.ts';
import { type Detour, type Passage, passage, type RouteServiceRules } from '../route-service/passage.ts';
import type { Place } from '../route-service/returning.ts';
import type { ServiceAddress } from '../route-service/service-address.ts';
import { signingKey } from '../route-service/signature.ts';
import { Backend } from '../routing/backend.ts';
import { Pool } from '../routing/pool.ts';
import type { Replica } from '../routing/replica.ts';
import { NO_SEAT } from '../routing/seat.ts';
import type { Head } from './message/head.ts';
import { ABSENT, type Request } from './message/request.ts';
import type { Redirection } from './policy/request-lines.ts';
import type { RouteServiceSettings } from './settings.ts';

/** Services whose connections are kept. */
const MOST_SERVICES = 1024;

/** Services asked lately, and how a thread deals with them. */
export class RouteServices {
  #rules: RouteServiceRules;
  readonly #routes: Pick<Replica, 'match'>;
  readonly #isGuarded: (host: string) => boolean;
  readonly #pools = new Map<string, Pool>();

  /** `isGuarded`: whether a host's clients must show certificates; then it is not reached in passing. */
  constructor(
    settings: RouteServiceSettings,
    routes: Pick<Replica, 'match'>,
    isGuarded: (host: string) => boolean,
  ) {
    this.#rules = rulesOf(settings);
    this.#routes = routes;
    this.#isGuarded = isGuarded;
  }

  reload(settings: RouteServiceSettings): void {
    this.#rules = rulesOf(settings);
  }

  /** @param now Unix milliseconds */
  passage(head: Head, request: Request, pool: Pool, upgrades: boolean, now: number): Passage {
    const arrival = {
      signature: valueAt(head, request.proxySignature),
      metadata: valueAt(head, request.proxyMetadata),
      hostName: request.host.slice(0, request.hostNameLength),
      target: request.target,
      upgrades,
    };
    const { routeServiceUrl } = pool.settings;
    return passage(this.#rules, arrival, { ...placeOf(pool), routeServiceUrl }, this.#place, now);
  }

  readonly #place = (hostName: string, path: string): Place | null => {
    const pool = this.#routes.match(hostName.toLowerCase(), path);
    return pool === null ? null : placeOf(pool);
  };

  /** Where the request is sent: to the service itself, or to the endpoints of the route that leads to it. */
  poolOf({ service, hairpins }: Detour): Pool {
    const within = hairpins ? this.#routes.match(service.host, pathOf(service.target)) : null;
    if (within === null || within.settings.routePolicy !== null || this.#isGuarded(service.host)) {
      return this.#outside(service);
    }
    return within;
  }

  /** One endpoint, kept from request to request with its connections. */
  #outside(service: ServiceAddress): Pool {
    const key = `${service.tls} ${service.host} ${service.port}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    for (const [oldest, pool] of this.#pools) {
      if (this.#pools.size < MOST_SERVICES) break;
      this.#pools.delete(oldest);
      pool.endpoints[0]!.backend.retire();
    }
    const pool = servicePool(service);
    this.#pools.set(key, pool);
    return pool;
  }
}

/** What a service is told in place of what the client asked. */
export function redirectionTo({ service, forwardedUrl, headers }: Detour): Redirection {
  return {
    authority: service.authority,
    target: service.target,
    lines:
      `X-CF-Forwarded-Url: ${forwardedUrl}\r\n` +
      `X-CF-Proxy-Signature: ${headers.signature}\r\n` +
      `X-CF-Proxy-Metadata: ${headers.metadata}\r\n`,
  };
}

function servicePool({ tls, host, port }: ServiceAddress): Pool {
  const settings = {
    id: -1,
    routeKey: host,
    contextPath: '/',
    loadBalancing: 'round-robin',
    hashHeader: '',
    hashBalance: 0,
    routeServiceUrl: '',
    routePolicy: null,
  } as const;
  const pool = new Pool(settings, balancerFor('round-robin'));
  pool.add({
    backend: new Backend(NO_SEAT),
    address: `${host}:${port}`,
    host,
    port,
    tls,
    protocol: 'http1',
    serverCertDomainSan: host,
    appId: '',
    instanceId: '',
    instanceIndex: '',
    availabilityZone: '',
    isolationSegment: '',
    routeServiceUrl: '',
    tags: null,
    staleThreshold: 0,
    updatedAtNs: '0',
    loadBalancing: '',
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: null,
  });
  return pool;
}

function rulesOf(settings: RouteServiceSettings): RouteServiceRules {
  const { secret, previousSecret, hairpinning } = settings;
  const allowlist = hairpinning === null ? null : readAllowlist(hairpinning);
  if (typeof allowlist === 'string') throw new Error(allowlist);
  return {
    keys: secret === '' ? [] : [secret, previousSecret].filter((each) => each !== '').map(signingKey),
    timeout: settings.timeout,
    recommendHttps: settings.recommendHttps,
    strict: settings.strict,
    websockets: settings.websockets,
    hairpinning: allowlist,
  };
}

function placeOf({ settings }: Pool): Place {
  const { routeKey, contextPath } = settings;
  const slash = routeKey.indexOf('/');
  return { host: slash < 0 ? routeKey : routeKey.slice(0, slash), contextPath };
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function valueAt(head: Head, line: number): string {
  return line === ABSENT ? '' : head.value(line);
}
