import { defaultsNamed } from './defaults.ts';
import { type Config, configSchema } from './schema.ts';
import type { TcpRouterFile } from './tcp-router.ts';
import { shardingMode } from './tcp-router-sharding.ts';

/** What cf-tcp-router takes from its command line (docs/compatibility.md §7.1); null: not given. Times in milliseconds. */
export interface TcpRouterFlags {
  readonly subscriptionRetryInterval: number | null;
  readonly syncInterval: number | null;
  readonly staleRouteCheckInterval: number;
  readonly defaultRouteExpiry: number;
  readonly tokenFetchMaxRetries: number;
  readonly tokenFetchRetryInterval: number;
  /** Seconds. */
  readonly tokenFetchExpirationBufferTime: number;
  readonly routingGroupCheckExit: boolean;
  readonly logLevel: Config['logging']['level'];
  readonly timeFormat: Config['logging']['format']['timestamp'];
}

/** The same configuration in the words of gorouter.yml, where nothing but the TCP router has a port. */
export function tcpRouterConfig(file: TcpRouterFile, flags: TcpRouterFlags): Config {
  const base = configSchema.parse(defaultsNamed('recommended'));
  const { oauth, routing_api: api, pem, cellgate, isolation_segments } = file;
  const { status, tcp } = cellgate;
  return {
    ...base,
    port: 0,
    status: {
      ...base.status,
      host: status.host,
      port: status.port ?? 0,
      user: status.user,
      pass: status.pass,
      tls: { port: status.tls.port ?? 0, certificate: status.tls.certificate, key: status.tls.key },
      routes: { port: status.routes.port ?? 0 },
    },
    nats: file.nats,
    // Of no bus nothing is known that could be away.
    suspend_pruning_if_nats_unavailable:
      base.suspend_pruning_if_nats_unavailable && file.nats.hosts.length > 0,
    nats_client_ping_interval: file.nats_client_ping_interval,
    logging: {
      ...base.logging,
      level: flags.logLevel,
      format: { timestamp: flags.timeFormat },
    },
    drain_wait: file.drain_wait,
    drain_timeout: cellgate.drain_timeout,
    prune_stale_droplets_interval: flags.staleRouteCheckInterval,
    droplet_stale_threshold: flags.defaultRouteExpiry,
    isolation_segments,
    routing_table_sharding_mode: shardingMode(file),
    oauth,
    routing_api: {
      uri: api.uri,
      port: api.port,
      auth_disabled: api.auth_disabled,
      ca_certs: pem.ca,
      cert_chain: pem.cert,
      private_key: pem.key,
    },
    token_fetcher_max_retries: flags.tokenFetchMaxRetries,
    token_fetcher_retry_interval: flags.tokenFetchRetryInterval,
    token_fetcher_expiration_buffer_time: flags.tokenFetchExpirationBufferTime,
    cellgate: {
      ...base.cellgate,
      proxy_threads: cellgate.proxy_threads,
      state_dir: cellgate.state_dir,
      snapshot: cellgate.snapshot,
      bus: { ...base.cellgate.bus, port: 0 },
      tcp: {
        ...tcp,
        reserved_ports: [
          ...tcp.reserved_ports,
          ...file.reserved_system_component_ports,
          status.tls.port ?? 0,
        ],
        frontend_tls: [...file.frontend_tls, ...tcp.frontend_tls],
        backend_tls: file.backend_tls.enabled
          ? {
              enabled: true,
              ca_certs: pem.backendCa,
              cert_chain: pem.backendPair,
              private_key: pem.backendPair,
            }
          : tcp.backend_tls,
        sync_interval: flags.syncInterval ?? tcp.sync_interval,
        subscription_retry_interval: flags.subscriptionRetryInterval ?? tcp.subscription_retry_interval,
      },
    },
  };
}
