import type { Config } from '../../config/schema.ts';
import type { Registry } from '../../registry/registry.ts';
import { HttpRoutes } from '../../routing-api/http-routes.ts';
import { RoutingApi } from '../../routing-api/routing-api.ts';
import { portConflicts } from '../../tcp/routing-api/router-groups.ts';
import { TcpRouteSource } from '../../tcp/routing-api/source.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { routingApiSettings } from '../settings/routing-api-settings.ts';
import { StartError } from '../settings/start-error.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';

/** Where pruning is off, seconds between fetches all the same: half of gorouter's default for it. */
const DEFAULT_SYNC_INTERVAL_MS = 15_000;
const PORTS_WARNING =
  'router-group-port-checker-failure: WARNING! In the future this will cause tcp_router to not start.';
/** What a TCP route lives that has no TTL, seconds (docs/compatibility.md §7.1). */
const DEFAULT_ROUTE_EXPIRY = 120;

export interface RoutingApiRoutesOptions {
  readonly config: Config;
  /** Null: HTTP routes are not wanted. */
  readonly registry: Registry | null;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  /** Seconds; default: cf-tcp-router's. */
  readonly routeExpiry?: number;
  readonly log: ComponentLog;
}

/** What the routing API says, brought to the tables. */
export class RoutingApiRoutes {
  readonly #options: RoutingApiRoutesOptions;
  readonly #end = new AbortController();
  readonly #api: RoutingApi;
  readonly #http: HttpRoutes | null;
  readonly #tcp: TcpRouteSource | null;

  /** Null when there is no routing API. @throws {StartError} */
  static from(options: RoutingApiRoutesOptions): RoutingApiRoutes | null {
    const settings = routingApiSettings(options.config);
    if (settings === null) return null;
    options.log.info('setting-up-routing-api');
    if (settings.oauth === null) options.log.info('using-noop-token-fetcher');
    return new RoutingApiRoutes(options, new RoutingApi(settings, options.log));
  }

  private constructor(options: RoutingApiRoutesOptions, api: RoutingApi) {
    const { config, registry, tcp, log } = options;
    this.#options = options;
    this.#api = api;
    this.#http =
      registry === null
        ? null
        : new HttpRoutes({
            api,
            registry,
            syncInterval: config.prune_stale_droplets_interval / 2 || DEFAULT_SYNC_INTERVAL_MS,
            log: log.child('route-fetcher'),
          });
    this.#tcp =
      tcp === null
        ? null
        : new TcpRouteSource({
            api,
            routes: tcp,
            segments: wantedSegments(config),
            routeExpiry: options.routeExpiry ?? DEFAULT_ROUTE_EXPIRY,
            syncInterval: config.cellgate.tcp.sync_interval,
            retryInterval: config.cellgate.tcp.subscription_retry_interval,
            log: log.child('watcher'),
            listLog: log.child('bulk-sync'),
          });
  }

  /** For metrics. */
  get errors(): { readonly tokenFetch: number; readonly subscribeEvents: number } {
    return { tokenFetch: this.#api.tokenFetchErrors, subscribeEvents: this.#api.subscribeEventsErrors };
  }

  /**
   * Fetches a token and the HTTP routes (docs/compatibility.md §5.4), and follows what becomes of them. @throws {StartError}
   * @param complaint message of the log line about a failure
   */
  async connect(complaint = 'routing-api-connection-failed'): Promise<void> {
    try {
      if (this.#http === null) await this.#api.authenticate(this.#end.signal);
      else await this.#http.follower.fetchOnce();
      this.#http?.follower.start();
    } catch (error) {
      const { message } = error as Error;
      throw Object.assign(new StartError(message, complaint), { cause: error });
    }
  }

  /** For a router that serves without, when `connect` has failed: it is asked again and again. */
  goOn(error: Error): void {
    if (this.#end.signal.aborted) return;
    const goes_on = 'serving the routes of the snapshot';
    this.#options.log.warn('routing-api-not-found', { error: error.message, goes_on });
    this.#http?.follower.start();
  }

  /**
   * Whether router groups may give away ports that other components have, in cf-tcp-router's words (docs/compatibility.md §7.2).
   * @throws {StartError} only where `exits`
   */
  async checkPorts(reserved: readonly number[], exits: boolean): Promise<void> {
    if (this.#tcp === null) return;
    const { log } = this.#options;
    let conflicts: string[];
    try {
      conflicts = portConflicts(await this.#tcp.fetchGroups(this.#end.signal), reserved);
    } catch (error) {
      log.error('router-group-port-checker-error:', { error: (error as Error).message });
      return;
    }
    const error = conflicts.join(' ');
    if (conflicts.length === 0) {
      log.info('router-group-port-checker-success: No conflicting router group ports.');
    } else if (exits) {
      throw new StartError(error, 'router-group-port-checker-failure: Exiting now.');
    } else log.error(PORTS_WARNING, { error });
  }

  /** Once the configuration has claimed its ports, which come first. Resolves when the list has been asked for. */
  async followTcp(): Promise<void> {
    await this.#tcp?.follower.fetchIfPossible();
    this.#tcp?.follower.start();
  }

  stop(): void {
    this.#end.abort();
    this.#http?.follower.stop();
    this.#tcp?.follower.stop();
    this.#api.close();
  }
}

function wantedSegments({
  routing_table_sharding_mode: mode,
  isolation_segments: segments,
}: Config): readonly string[] | null {
  if (mode === 'all') return null;
  return mode === 'segments' ? segments : ['', ...segments];
}
