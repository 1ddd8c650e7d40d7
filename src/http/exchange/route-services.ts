import { LRUCache } from 'lru-cache';
import { balancerFor } from '../../balancer/balancer.ts';
import { readAllowlist } from '../../route-service/hairpin.ts';
import {
  type BoundRoute,
  type Detour,
  type Passage,
  passage,
  type RouteServiceRules,
} from '../../route-service/passage.ts';
import type { ServiceAddress } from '../../route-service/service-address.ts';
import { signingKey } from '../../route-service/signature.ts';
import { ArmTallies } from '../../routing/arm-tally.ts';
import { Backend } from '../../routing/backend.ts';
import { EndpointOrders } from '../../routing/endpoint-orders.ts';
import { withoutLastDot } from '../../routing/host-name.ts';
import { Pool } from '../../routing/pool.ts';
import type { Replica } from '../../routing/replica.ts';
import { escapedPath } from '../../routing/route-key.ts';
import { NO_SEAT } from '../../routing/seat.ts';
import type { Head } from '../message/head.ts';
import { ownLines } from '../message/own-lines.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { Redirection } from '../policy/request-lines.ts';
import type { RouteServiceSettings } from '../settings.ts';

/** Services whose connections are kept; the one asked least lately gives way. */
const MOST_SERVICES = 1024;

/** Services asked lately, and how a thread deals with them. */
export class RouteServices {
  #rules: RouteServiceRules;
  readonly #routes: Pick<Replica, 'match'>;
  readonly #isOpenToAll: (pool: Pool, host: string) => boolean;
  /** By address. */
  readonly #pools = new LRUCache<string, ServicePool>({
    max: MOST_SERVICES,
    dispose: (pool, key) => {
      if (pool.exchanges > 0) this.#leaving.set(key, pool);
      else retire(pool);
    },
  });
  /** Those that gave way while exchanges were sent there, by address: they stay as long as one is. */
  readonly #leaving = new Map<string, ServicePool>();

  /** `isOpenToAll`: whether a host on a route may be reached in passing; else it is asked over the network, as by anybody. */
  constructor(
    settings: RouteServiceSettings,
    routes: Pick<Replica, 'match'>,
    isOpenToAll: (pool: Pool, host: string) => boolean,
  ) {
    this.#rules = rulesOf(settings);
    this.#routes = routes;
    this.#isOpenToAll = isOpenToAll;
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
    return passage(this.#rules, arrival, boundRoute(pool), this.#find, now);
  }

  readonly #find = (hostName: string, path: string): BoundRoute | null => {
    const pool = this.#match(hostName.toLowerCase(), path);
    return pool === null ? null : boundRoute(pool);
  };

  /** As a request for them is. */
  #match(host: string, path: string): Pool | null {
    return this.#routes.match(withoutLastDot(host), escapedPath(path));
  }

  /**
   * Where the request is sent: to the service itself, or to the endpoints of the route that leads to it. `leave` must
   * follow.
   */
  enter({ service, hairpins }: Detour): Pool {
    const within = hairpins ? this.#match(service.host, pathOf(service.target)) : null;
    if (within !== null && this.#isOpenToAll(within, service.host)) return within;
    const outside = this.#outside(service);
    outside.exchanges++;
    return outside;
  }

  /** Whether requests may still be sent to where `enter` has led them. */
  isOpen(pool: Pool, host: string): boolean {
    return pool instanceof ServicePool || this.#isOpenToAll(pool, host);
  }

  /** An exchange is over that was sent there. */
  leave(pool: Pool): void {
    if (!(pool instanceof ServicePool)) return;
    pool.exchanges--;
    if (pool.exchanges === 0 && this.#leaving.delete(pool.key)) retire(pool);
  }

  /** One endpoint, kept from request to request with its connections. */
  #outside(service: ServiceAddress): ServicePool {
    const key = `${service.tls} ${service.host} ${service.port}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = this.#leaving.get(key) ?? new ServicePool(key, service);
    this.#leaving.delete(key);
    this.#pools.set(key, pool);
    return pool;
  }
}

/** What a service is told in place of what the client asked. */
export function redirectionTo({ service, forwardedUrl, headers }: Detour): Redirection {
  return {
    authority: service.authority,
    target: service.target,
    lines: ownLines(
      ...['X-CF-Forwarded-Url', forwardedUrl],
      ...['X-CF-Proxy-Signature', headers.signature],
      ...['X-CF-Proxy-Metadata', headers.metadata],
    ),
  };
}

/** It has no split whose arms could be counted for, and nobody orders anything of it. */
const UNTOUCHED = { tallies: new ArmTallies(), orders: new EndpointOrders() };

/** A service that is asked over the network: the one endpoint of a pool that no route leads to. */
class ServicePool extends Pool {
  readonly key: string;
  /** Those under way that are sent there. */
  exchanges = 0;

  constructor(key: string, { tls, host, port }: ServiceAddress) {
    super({ ...NO_ROUTE, routeKey: host }, balancerFor('round-robin'), UNTOUCHED);
    this.key = key;
    this.add({
      ...NO_APPLICATION,
      backend: new Backend(NO_SEAT),
      address: `${host}:${port}`,
      host,
      port,
      tls,
      serverCertDomainSan: host,
    });
  }
}

/** Nothing is sent there any more, and its connections close. */
function retire(pool: ServicePool): void {
  pool.endpoints[0]!.backend.retire();
}

const NO_ROUTE = {
  id: -1,
  contextPath: '/',
  loadBalancing: 'round-robin',
  hashHeader: '',
  hashBalance: 0,
  routeServiceUrl: '',
  routePolicy: null,
  split: null,
} as const;

const NO_APPLICATION = {
  protocol: 'http1',
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
} as const;

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

function boundRoute({ settings }: Pool): BoundRoute {
  const { routeKey, contextPath, routeServiceUrl } = settings;
  const slash = routeKey.indexOf('/');
  return { host: slash < 0 ? routeKey : routeKey.slice(0, slash), contextPath, routeServiceUrl };
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function valueAt(head: Head, line: number): string {
  return line === ABSENT ? '' : head.value(line);
}
