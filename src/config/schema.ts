import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { BALANCING_ALGORITHMS } from './balancing-algorithms.ts';
import { descriptorShare } from './descriptor-share.ts';
import { choice, count, derived, duration, flag, integer, list, port, secret, text } from './field.ts';

const MAX_PROXY_THREADS = 64;

/** Go's HTTP server takes no more, so gorouter caps its own key there (gorouter.md §3.8). Bytes. */
const MAX_REQUEST_HEADER_BYTES = 1 << 20;

/** What 0 means to Go's HTTP client (gorouter.md §2.10). Bytes. */
const DEFAULT_RESPONSE_HEADER_BYTES = 10 << 20;

/** The keys of gorouter.yml, named and nested as gorouter does, and our own under `cellgate`. */
export const fileSchema = z.object({
  status: z.object({
    host: text('Address the health listener binds to.'),
    port: port('Health listener.'),
    enable_nontls_health_checks: flag('Whether to open the health listener.'),
    user: text('User name for `/routes`.'),
    pass: secret('Password for `/routes`.'),
    routes: z.object({ port: port('`/routes` listener, on 127.0.0.1 only.') }),
  }),
  nats: z.object({
    hosts: list(
      z.object({
        hostname: text('Name or address of a NATS server.'),
        port: integer(1, 65_535, 'Its client port.'),
      }),
      'servers',
      'The NATS cluster to listen on. Empty: the router serves a bus of its own, see `cellgate.bus`.',
    ),
    user: text('User name at the NATS servers.'),
    pass: secret('Password at the NATS servers.'),
  }),
  nats_client_ping_interval: duration(
    'Time between pings to the NATS server; two without an answer mean it is lost.',
    1000,
  ),
  logging: z.object({
    level: choice(['debug', 'info', 'warn', 'error', 'fatal'], 'Lowest level of the component log.'),
    syslog: text('First part of `source` in the component log; empty stands for `gorouter`.'),
    format: z.object({
      timestamp: choice(['unix-epoch', 'rfc3339'], 'How the component log writes the time.'),
    }),
    disable_log_forwarded_for: flag('Access log: `-` in place of X-Forwarded-For.'),
    disable_log_source_ip: flag("Access log: `-` in place of the client's address."),
  }),
  port: port('HTTP listener.'),
  index: count('Number of this router among its equals; first part of its id on the bus.'),
  prometheus: z.object({
    enabled: flag('Whether to open a listener for `/metrics` alone.'),
    port: port('That listener. 0: any free port.'),
  }),
  access_log: z.object({ file: text('File the access log is appended to; empty: none.') }),
  start_response_delay_interval: duration(
    'Time to gather routes before the HTTP listener opens; also the heartbeat interval asked of registering agents.',
  ),
  droplet_stale_threshold: duration(
    'Age without a heartbeat at which an endpoint without TLS is pruned; at least `start_response_delay_interval`.',
    1000,
  ),
  prune_stale_droplets_interval: duration('Time between pruning rounds; 0: no pruning.'),
  suspend_pruning_if_nats_unavailable: flag('Whether to keep stale endpoints while NATS is unreachable.'),
  endpoint_timeout: duration('Longest exchange with an endpoint, bodies included; 0: no limit.'),
  endpoint_dial_timeout: duration('Longest time to connect to an endpoint; 0: no limit.'),
  frontend_idle_timeout: duration('How long an idle client connection is kept; 0: no limit.'),
  read_header_timeout: duration('Longest time a client may take to send a request header; 0: no limit.'),
  drain_wait: duration('Time between failing health checks and closing the listeners, on SIGUSR1.'),
  drain_timeout: derived(
    duration('Longest wait for requests under way after the listeners are closed.'),
    'the value of `endpoint_timeout`',
  ),
  balancing_algorithm: choice(BALANCING_ALGORITHMS, 'For routes that ask for none.'),
  disable_keep_alives: flag('Whether every request to an endpoint gets a connection of its own.'),
  max_idle_conns_per_host: count('Idle connections kept per endpoint.'),
  backends: z.object({
    max_attempts: count('Endpoints tried per request; 0 counts as 1.'),
  }),
  empty_pool_response_code_503: flag('Whether a route without endpoints answers 503 rather than 404.'),
  empty_pool_timeout: duration('How long a route stays known after its last endpoint left.'),
  force_forwarded_proto_https: flag('Whether X-Forwarded-Proto is always `https`.'),
  sanitize_forwarded_proto: flag("Whether the client's X-Forwarded-Proto is replaced."),
  max_request_header_bytes: count('Size limit of a request header; 0 or more than 1 MiB: 1 MiB.'),
  max_request_headers: count('Most header lines of a request; 0: no limit.'),
  max_response_header_bytes: count('Size limit of a response header; 0: 10 MiB.'),
  max_response_headers: count('Most header lines of a response; 0: no limit.'),
  hop_by_hop_headers_to_filter: list(
    z.string(),
    'header names',
    'Headers that a client cannot have removed by naming them in Connection.',
  ),
  routing_table_sharding_mode: choice(
    ['all', 'segments', 'shared-and-segments'],
    'Whether to route to endpoints of all isolation segments, of those listed, or of those and of none.',
  ),
  isolation_segments: list(z.string(), 'segment names', 'See `routing_table_sharding_mode`.'),
  cellgate: z.object({
    listen_host: text('Address the HTTP listener binds to.'),
    proxy_threads: derived(integer(1, MAX_PROXY_THREADS, 'Threads that carry traffic.'), 'one per core'),
    first_byte_timeout: duration('Longest wait for the first byte of a response; 0: no limit.'),
    request_idle_timeout: duration('Longest pause of a client in the middle of a request body; 0: no limit.'),
    response_idle_timeout: duration(
      'Longest pause of an endpoint in the middle of a response body; 0: no limit.',
    ),
    stalled_write_timeout: duration('How long a peer may take nothing of what waits for it; 0: no limit.'),
    tunnel_idle_timeout: duration('Longest silence of a WebSocket or other tunnel; 0: no limit.'),
    max_connections: derived(
      count('Client connections in all; at the limit the longest idle one makes room. 0: no limit.'),
      'half of the file descriptors the process may open',
    ),
    max_connections_per_address: count('Client connections from one address; 0: no limit.'),
    bus: z.object({
      host: text('Address the built-in bus binds to, when `nats.hosts` is empty.'),
      port: port('Port of the built-in bus. It speaks the NATS client protocol.'),
    }),
  }),
});

/** A whole configuration, defaults laid under it: checked, and with nothing left to derive. */
export const configSchema = fileSchema
  .refine((file) => file.routing_table_sharding_mode !== 'segments' || file.isolation_segments.length > 0, {
    path: ['routing_table_sharding_mode'],
    message: 'all or shared-and-segments while isolation_segments is empty',
  })
  .transform((file) => ({
    ...file,
    drain_timeout: file.drain_timeout ?? file.endpoint_timeout,
    // An endpoint must outlive the gathering of routes it was registered in (gorouter.md §1.7).
    droplet_stale_threshold: Math.max(file.droplet_stale_threshold, file.start_response_delay_interval),
    max_request_header_bytes: Math.min(
      file.max_request_header_bytes || MAX_REQUEST_HEADER_BYTES,
      MAX_REQUEST_HEADER_BYTES,
    ),
    max_response_header_bytes: file.max_response_header_bytes || DEFAULT_RESPONSE_HEADER_BYTES,
    backends: { ...file.backends, max_attempts: Math.max(file.backends.max_attempts, 1) },
    cellgate: {
      ...file.cellgate,
      max_connections: file.cellgate.max_connections ?? descriptorShare(),
      proxy_threads: file.cellgate.proxy_threads ?? Math.min(availableParallelism(), MAX_PROXY_THREADS),
    },
  }));

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Durations in milliseconds, sizes in bytes; otherwise as docs/configuration.md says. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
