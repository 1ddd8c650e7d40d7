import { z } from 'zod';
import {
  addressRanges,
  choice,
  count,
  derived,
  duration,
  integer,
  list,
  numbers,
  ports,
  REQUIRED,
  text,
  texts,
} from './field.ts';

const BALANCING = ['least-connection', 'round-robin', 'source-hash'] as const;

/** Keys below `cellgate.tcp`: the TCP router. */
export const tcpKeys = {
  listen_host: text('Address the ports of TCP routes bind to.', '0.0.0.0'),
  reservable_ports: ports('Ports that TCP routes may have; empty: no TCP router.'),
  reserved_ports: numbers('ports', 'Ports of other components that are never opened, whoever asks.', []),
  balancing: choice(
    BALANCING,
    'How connections are spread over the backends of a route.',
    'least-connection',
  ),
  connect_timeout: duration('Longest time to connect to a backend; 0: no limit.', '5s'),
  max_attempts: integer(1, 100, 'Backends tried per connection.', 3),
  failure_mark: duration('How long a backend is passed over after it could not be reached.', '30s'),
  max_connections_per_backend: count('Connections per backend; more wait. 0: no limit.', 0),
  queue_length: count('Connections that may wait for a backend, per port and thread.', 128),
  queue_timeout: duration('Longest wait for a backend; 0: no limit.', '5s'),
  peek_timeout: duration('Longest wait for a ClientHello or a PROXY header where one is needed.', '5s', 1),
  idle_timeout: duration('Longest silence of both sides; 0: no limit.', '300s'),
  keep_alive_interval: duration(
    'Silence after which TCP asks whether the other side still lives.',
    '60s',
    1000,
  ),
  accept_proxy_protocol: ports('Ports on which every client must begin with a PROXY header.'),
  trusted_proxies: addressRanges('Who may send that header; others are cut off.'),
  send_proxy_protocol: choice(
    ['none', 'v1', 'v2'],
    'Version of the PROXY header that tells backends the address of the client.',
    'none',
  ),
  sync_interval: duration('Time between fetches of the whole list of the routing API.', '1m', 1000),
  subscription_retry_interval: duration('Time until its broken stream of events is opened again.', '5s', 100),
  log_file: text('File that gets one line of JSON per connection at its end; empty: none.', ''),
  routes: list(
    z.object({
      port: integer(1, 65_535, 'Port clients connect to, one of the reservable.', REQUIRED),
      sni_hostname: derived(
        text('Server name, `name` or `*.parent`.', ''),
        'none: whoever names no known one',
      ),
      backends: texts('addresses', 'Backends as `host:port`.', []),
    }),
    'routes',
    'Routes that are always there, besides those that are registered.',
    [],
  ),
};
