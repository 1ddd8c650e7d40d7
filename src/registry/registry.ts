import type { RouteMessage } from '../bus/route-message.ts';
import type { FailedEndpoint, RouteChange } from '../routing/change.ts';
import type { LoadBalancing } from '../routing/endpoint.ts';
import { contextPath, routeKey } from '../routing/route-key.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { sameEndpoint } from './endpoint-equality.ts';
import { lookupJson } from './lookup-json.ts';
import type { Pool } from './pool.ts';
import { Pruning } from './pruning.ts';
import { registrationData } from './registration-data.ts';
import type { RegistryCounters } from './registry-counters.ts';
import { RouteTable } from './route-table.ts';
import { type RoutesJson, routesJson } from './routes-json.ts';
import { type Sharding, segmentFilter } from './sharding.ts';
import type { Slots } from './slots.ts';

export interface RegistryOptions {
  /** Monotonic milliseconds. */
  now(): number;
  /** `droplet_stale_threshold` in milliseconds: the longest an endpoint without TLS lives after a heartbeat. */
  readonly staleThreshold: number;
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  /** `empty_pool_response_code_503` */
  readonly keepEmptyPools: boolean;
  /** `empty_pool_timeout` in milliseconds; 0 removes an emptied pool at once even when they are kept. */
  readonly emptyPoolTimeout: number;
  readonly defaultLoadBalancing: LoadBalancing;
  readonly sharding: Sharding;
  readonly slots: Slots;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
  /** Default: not measured. */
  readonly latency?: RegistrationLatency;
}

/** How long new endpoints took from their `endpoint_updated_at_ns` to the table. */
interface RegistrationLatency {
  /** Milliseconds since 1970, with fractions: the stamp is another machine's wall clock. */
  wallNow(): number;
  /** Monotonic milliseconds: before, endpoints are new to this router alone (`route_latency_metric_muzzle_duration`). */
  readonly from: number;
  observe(milliseconds: number): void;
}

/** The authoritative route table, fed by the bus. Semantics: gorouter.md §1.5 to §1.7, §2.8, §2.9. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #inShard: (segment: string) => boolean;
  readonly #emptyPoolLifetime: number;
  readonly #table: RouteTable;
  readonly #pruning: Pruning;
  #updatedAt: number | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#inShard = segmentFilter(options.sharding);
    this.#emptyPoolLifetime = options.keepEmptyPools ? options.emptyPoolTimeout : 0;
    this.#table = new RouteTable(options.slots);
    this.#pruning = new Pruning(this.#table, { ...options, emptyPoolLifetime: this.#emptyPoolLifetime });
  }

  get poolCount(): number {
    return this.#table.pools.size;
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#table.endpointCount;
  }

  /** Different backends in all pools. */
  get backendCount(): number {
    return this.#table.backendCount;
  }

  /** Since the last registration; -1 before the first one. */
  millisecondsSinceUpdate(): number {
    return this.#updatedAt === undefined ? -1 : this.#options.now() - this.#updatedAt;
  }

  onChange(listener: (change: RouteChange) => void): void {
    this.#table.feed.add(listener);
  }

  snapshot(): RouteChange[] {
    return this.#table.snapshot();
  }

  /** The table as `/routes` shows it. */
  routesText(): Iterable<string> {
    return routesJson(this.#table.pools);
  }

  /** The same as an object; for tables that are small. */
  routes(): RoutesJson {
    return JSON.parse([...this.routesText()].join(''));
  }

  /** Where a request for a URL goes; `null` when it is none. */
  lookUp(url: string): object | null {
    return lookupJson(this.#table.pools, url, this.#options.keepEmptyPools);
  }

  register(message: RouteMessage): void {
    if (!this.#inShard(message.isolationSegment)) return;
    const now = this.#options.now();
    const staleThreshold = this.#clipped(message.staleThreshold);
    for (const uri of message.uris) {
      const action = this.#registerUri(uri, message, staleThreshold, now);
      if (action === 'full') {
        this.#options.counters.refused();
        this.#options.log.error('registration-refused-no-slot', { uri, backend: message.address });
        return;
      }
      this.#updatedAt = now;
      this.#options.counters.registered(componentOf(message), action);
    }
  }

  unregister(message: RouteMessage): void {
    if (!this.#inShard(message.isolationSegment)) return;
    const now = this.#options.now();
    for (const uri of message.uris) {
      this.#unregisterUri(uri, message, now);
      this.#options.counters.unregistered(componentOf(message));
    }
  }

  /** Removes what has not been heard of for too long. Call it every `prune_stale_droplets_interval`. */
  prune(busConnected: boolean): void {
    this.#pruning.run(busConnected, this.#options.now());
  }

  /** Takes a TLS endpoint out of its pool, in which the next registration puts it again (gorouter.md §2.6). */
  pruneFailed(failed: FailedEndpoint): void {
    this.#pruning.removeFailed(failed, this.#options.now());
  }

  #registerUri(uri: string, message: RouteMessage, staleThreshold: number, now: number) {
    const table = this.#table;
    const key = routeKey(uri);
    const known = table.pools.get(key);
    const member = known?.members.get(message.address);
    if (known && member && sameEndpoint(member.endpoint, message, staleThreshold)) {
      member.refreshedAt = now;
      return 'refreshed';
    }

    const endpoint = table.acquire(message, staleThreshold);
    if (endpoint === 'full') return 'full';
    const pool = known ?? this.#addPool(key, uri, now);
    table.follow(pool, message);
    const action = table.putMember(pool, endpoint, now);
    const data = registrationData(uri, endpoint);
    if (action === 'added') this.#measure(message, now);
    if (action === 'added') this.#options.log.info('endpoint-registered', data);
    else this.#options.log.debug('endpoint-registered', data);
    return action;
  }

  #measure({ updatedAtNs }: RouteMessage, now: number): void {
    const { latency } = this.#options;
    if (latency === undefined || updatedAtNs === '0' || now < latency.from) return;
    latency.observe(latency.wallNow() - Number(updatedAtNs) / 1e6);
  }

  #addPool(key: string, uri: string, now: number): Pool {
    const pool = this.#table.addPool(
      {
        routeKey: key,
        contextPath: contextPath(uri),
        loadBalancing: this.#options.defaultLoadBalancing,
        hashHeader: '',
        hashBalance: 0,
        routeServiceUrl: '',
      },
      now,
    );
    this.#options.log.debug('uri-added', { uri: key });
    this.#options.log.info('route-registered', { uri: key });
    return pool;
  }

  #unregisterUri(uri: string, message: RouteMessage, now: number): void {
    const { log } = this.#options;
    const pool = this.#table.pools.get(routeKey(uri));
    const member = pool?.members.get(message.address);
    if (pool === undefined || member === undefined) {
      log.info('endpoint-not-unregistered', registrationData(uri, message));
      return;
    }
    this.#table.removeMember(pool, member, now);
    log.info('endpoint-unregistered', registrationData(uri, member.endpoint));
    if (pool.members.size > 0 || this.#emptyPoolLifetime > 0) return;
    this.#table.removePool(pool);
    log.info('route-unregistered', { uri: pool.settings.routeKey });
  }

  /** Seconds; a registration can only shorten the router's threshold. */
  #clipped(staleThreshold: number): number {
    const longest = this.#options.staleThreshold / 1000;
    return staleThreshold === 0 || staleThreshold > longest ? longest : staleThreshold;
  }
}

/** The metric label: system components name themselves in a tag, applications do not. */
function componentOf(message: RouteMessage): string {
  return message.tags?.['component'] ?? '';
}
