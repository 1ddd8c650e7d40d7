import { z } from 'zod';
import { adminKeys } from './admin.ts';
import { appMetricsKeys } from './app-metrics.ts';
import { decisionKeys } from './decisions.ts';
import {
  addressRanges,
  choice,
  count,
  derived,
  duration,
  flag,
  integer,
  port,
  secret,
  text,
} from './field.ts';
import { snapshotKeys } from './snapshot.ts';
import { tcpKeys } from './tcp.ts';

export const MAX_PROXY_THREADS = 64;

/** What gorouter does not have; under one key, so that none can ever clash with a key of gorouter's. */
export const cellgateKeys = {
  cellgate: z.object({
    defaults: choice(
      ['gorouter', 'recommended'],
      "Which defaults the keys have that are left out: those of gorouter's code, or those of its BOSH job.",
      'gorouter',
    ),
    listen_host: text('Address the HTTP listener binds to; `::`: all, of IPv4 and IPv6.', '::'),
    proxy_threads: derived(integer(1, MAX_PROXY_THREADS, 'Threads that carry traffic.', 1), 'one per core'),
    access_log_format: choice(
      ['gorouter', 'json'],
      "Access log: gorouter's line, or one JSON object per line.",
      'gorouter',
    ),
    proxy_status: flag(
      "Whether the router's own errors say what went wrong in `Proxy-Status` too (RFC 9209).",
      false,
    ),
    bus_key: secret(
      'Seals what routers tell each other of what clients did, 32 bytes as base64 or hex, the same in all routers; empty: that does not cross the bus ([seeing why](seeing.md)).',
    ),
    debug_key: secret(
      'Signs the tokens of `cellgate debug-token`, at least 32 bytes, the same in all routers; empty: there are none ([seeing why](seeing.md)).',
    ),
    trusted_proxies: addressRanges('Who may send a PROXY header; empty: everybody.'),
    h2c: flag('Whether HTTP/2 without TLS is taken on the HTTP listener.', false),
    h2c_endpoints: flag(
      'Whether endpoints without TLS registered with `protocol: http2` are asked over HTTP/2; gorouter asks them over HTTP/1.1.',
      { gorouter: false, recommended: true },
    ),
    first_byte_timeout: duration('Longest wait for the first byte of a response; 0: no limit.', '0s'),
    request_idle_timeout: duration(
      'Longest pause of a client in the middle of a request body; 0: no limit.',
      '60s',
    ),
    response_idle_timeout: duration(
      'Longest pause of an endpoint in the middle of a response body; 0: no limit.',
      '0s',
    ),
    stalled_write_timeout: duration(
      'How long a peer may take nothing of what waits for it; 0: no limit.',
      '120s',
    ),
    tunnel_idle_timeout: duration('Longest silence of a WebSocket or other tunnel; 0: no limit.', '0s'),
    max_connections: derived(
      count('Client connections in all; at the limit the longest idle one makes room. 0: no limit.', 0),
      'half of the file descriptors the process may open, beyond a reserve',
    ),
    max_connections_per_address: count('Client connections from one address; 0: no limit.', 0),
    bus: z.object({
      host: text('Address the built-in bus binds to, when `nats.hosts` is empty.', '127.0.0.1'),
      port: port('Port of the built-in bus. It speaks the NATS client protocol.', 4222),
    }),
    hold_new_apps: flag(
      'Whether an application that is mapped to a route which another one has gets none of its requests until `cellgate split` lets it in (docs/cutover.md).',
      false,
    ),
    state_dir: text(
      'Folder where the router keeps its snapshot of the route table, its decisions and the token of its admin address; empty: nowhere.',
      '',
    ),
    snapshot: z.object(snapshotKeys),
    metrics: z.object(appMetricsKeys),
    admin: z.object(adminKeys),
    decisions: z.object(decisionKeys),
    tcp: z.object(tcpKeys),
  }),
};
